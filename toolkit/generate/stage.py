"""The generate stage: probes -> requests -> pictures, in shards that a kill cannot spoil."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit import schema
from toolkit.engine.engine import Engine
from toolkit.engine.resources import decides
from toolkit.engine.threads import computing_with
from toolkit.errors import RecipeError, RunError
from toolkit.generate.batches import Attempt, Batches, within_bytes
from toolkit.generate.candidates import without_rerank
from toolkit.generate.capabilities import ChecksRequests, EncodesAhead
from toolkit.generate.compose import Composed, compose
from toolkit.generate.dealt import PainterOf, Painters
from toolkit.generate.generator import Generator, Request
from toolkit.generate.paths import check_shows_path, read_real, write_noised
from toolkit.generate.plan import TABLES, Asked, Left, Plan
from toolkit.generate.processes import PATIENCE, Launched, launched, wait_for
from toolkit.generate.requests import GenerationRecipe, canonical_json, make_requests
from toolkit.generate.sample_writer import SampleWriter
from toolkit.generate.taken_over import known_samples, take_pictures
from toolkit.models.devices import device_here
from toolkit.probes import Probe, load_probes
from toolkit.progress import Progress, silent
from toolkit.recipe import load_recipe
from toolkit.store import RunFolder, create_run, open_run
from toolkit.versions import installed_versions

STAGE = "generate"
SHARD_ROWS = 512
SHARD_BATCHES = 32  # a slow model writes smaller shards, so that a kill costs less


class _Task(NamedTuple):
    """What is asked for: `requests` with their probes by `composed`, in batches of `batch_size`; real pictures `real`
    are shown on their way to noise, and every `path_every`-th step of the painted ones is kept. `painters`
    paint; None: this process does. Pictures that the run `known` has are not painted again."""

    composed: Composed
    asked: list[Asked]
    batch_size: int
    path_every: int | None
    real: Mapping[str, NDArray[np.uint8]]
    painters: Painters | None = None
    known: RunFolder | None = None

    @property
    def recorded(self) -> dict[str, Any]:
        """What run.json says of it as its recipe: all that must be the same for a run to go on."""
        painter = self.composed.painter
        return {"model": painter.name, "fingerprint": painter.fingerprint, **self.composed.recipe.model_dump()}


def generate(
    model: str | Path | Generator,
    probes: str | Path | Mapping[str, Any] | Sequence[Probe],
    out: str | Path,
    *,
    replicates: int = 100,
    seed: int = 0,
    batch_size: int | None = None,
    recipe: Mapping[str, Any] | str | Path | None = None,
    resume: bool = False,
    allow_pickle: bool = False,
    device: str = "cpu",
    dtype: str = "float32",
    path_every: int | None = None,
    noised: Sequence[str | Path] = (),
    patience: float = PATIENCE,
    engine: Engine | None = None,
    known: RunFolder | None = None,
    progress: Progress = silent,
) -> RunFolder:
    """Paint `replicates` pictures for each probe and return the run folder: probe_requests, requests, samples, images.

    The same prompt and seed give the same picture, in any order and after any interruption. With `resume`, pictures
    that are there are not painted again, also where more or other probes or replicates are asked for now. What fails is
    a row with its error. `path_every` keeps every k-th denoising step, `noised` shows real pictures on their way to
    noise, both under RUN/paths. Under torchrun all processes paint; the first waits `patience` seconds for a sign of
    the others. Or workers of `engine` paint (see `open_engine`): each loads `model`, which has to be a name then. A
    picture that the run `known` has of the same request is taken from there.

    Raises RecipeError, ModelError, RunError, EngineError and WorkerError; resuming under another recipe, model, seed or
    library versions is refused.
    """
    _check_counts(replicates=replicates, batch_size=batch_size, path_every=path_every)
    process = launched()
    if engine is not None and (process.world_size > 1 or not isinstance(model, str | Path)):
        raise RecipeError("an engine paints by the name of a model, and not under torchrun; leave one of them out")
    listed = load_probes(probes) if isinstance(probes, str | Path | Mapping) else list(probes)
    settings = load_recipe(GenerationRecipe, recipe)
    computed_on = process.device(device) if engine is None else device_here(device)  # workers have devices of their own
    composed = compose(model, settings, device=computed_on, dtype=dtype, allow_pickle=allow_pickle)
    painter = composed.painter
    asked = make_requests(listed, replicates, seed, composed.recipe, painter.defaults, painter.fingerprint)
    _check_paintable(painter, asked, path_every)
    real = read_real([Path(one) for one in noised], painter, asked[0][1])
    size = within_bytes(batch_size or painter.defaults.batch_size, asked[0][1])
    make = PainterOf(str(model), settings, painter.fingerprint, size, path_every, device, dtype, allow_pickle)
    painters = None if engine is None else Painters(make, engine)
    task = _Task(composed, asked, size, path_every, real, painters, known if path_every is None else None)
    run = _open(Path(out), process, task.recorded, seed, patience, resume=resume)
    plan = Plan(run, STAGE, asked, max(task.batch_size, min(SHARD_ROWS, SHARD_BATCHES * task.batch_size)))
    if not process.first:
        _paint(task, plan, process, silent)
        return run
    if _is_whole(plan):
        return run
    arguments = {"replicates": replicates, "batch_size": task.batch_size, "path_every": path_every}
    with run.stage(STAGE, recipe=task.recorded, arguments=arguments, seed=seed) as counts:
        counts["probes"] = len(listed)
        counts.update(_paint_all(task, plan, process, patience, progress))
    return run


def _is_whole(plan: Plan) -> bool:
    """Return whether all of `plan` is painted. Raises RunError where more is asked of a run that was audited."""
    if not plan.run.stages.get(STAGE, {}).get("finished"):
        return False
    if any(plan.unfinished()):
        _refuse_audited(plan.run)
        return False
    return True


def _check_paintable(painter: Generator, asked: Sequence[Asked], path_every: int | None) -> None:
    """Raise ModelError where `painter` says that it cannot paint what is `asked`, or cannot show its path."""
    if isinstance(painter, ChecksRequests):
        painter.check([without_rerank(request) for _, request in asked])
    if path_every is not None:
        check_shows_path(painter)


def _check_counts(**counts: int | None) -> None:
    """Raise RecipeError where one of `counts`, by name, is given and below 1."""
    for name, value in counts.items():
        if value is not None and value < 1:
            raise RecipeError(f"{name} is {value}; expected at least 1")


def _paint_all(task: _Task, plan: Plan, process: Launched, patience: float, progress: Progress) -> dict[str, int]:
    """Paint the first process's part and whatever else is there to write; return the counts once all have painted."""
    run = plan.run
    if task.known is not None:
        _take_over(task.known, plan)
    _paint(task, plan, process, progress)
    write_noised(run, task.composed.painter, task.asked[0][1], task.real, task.path_every or 1)
    _wait_for_others(plan, process, patience)
    run.discard_unmarked(STAGE, TABLES)
    errors = run.read("samples", ["error"])["error"]
    return {"requests": len(errors), "failed": len(errors) - errors.null_count}


def _open(
    out: Path, process: Launched, recipe: dict[str, Any], seed: int, patience: float, *, resume: bool
) -> RunFolder:
    """Return the run at `out`: made by the first process, and found by the others once it is there."""
    if process.first:
        run = create_run(out, resume=resume)
    else:
        wait_for(
            lambda: (out / "run.json").is_file() and STAGE in open_run(out).stages,
            lambda: None,
            f"the first process made no run at {out}",
            patience,
        )
        run = open_run(out)
    if STAGE in run.stages:
        _refuse_other(run, recipe, seed)
    return run


def _refuse_other(run: RunFolder, recipe: dict[str, Any], seed: int) -> None:
    """Raise RunError where the run was begun with other settings or library versions than are asked for now."""
    before = run.stages[STAGE]
    now = json.loads(json.dumps({"recipe": decides(recipe), "seed": seed, "versions": installed_versions()}))
    for what, value in now.items():
        was = before[what]
        different = (
            [key for key in value if was.get(key) != value[key]] if isinstance(value, dict) else [what] * (was != value)
        )
        if different:
            raise RunError(
                f"{run.path} was begun with another {what} ({', '.join(sorted(different))}), so going on would mix two "
                "models; choose another --out"
            )


def _refuse_audited(run: RunFolder) -> None:
    """Raise RunError where more pictures would join a run whose pictures were labelled or measured already."""
    later = [stage for stage in run.stages if stage != STAGE]
    if later:
        raise RunError(
            f"{run.path} holds the stage {later[0]}, which looked at all of its pictures; choose another --out for more"
        )


def _paint(task: _Task, plan: Plan, process: Launched, progress: Progress) -> None:
    """Paint what is left of this process's blocks, a shard a block."""
    painter, own = task.composed.painter, plan.blocks[process.rank :: process.world_size]
    done = plan.done(own)
    total = sum(len({request.request_id for _, request in block.asked}) for block in own)
    progress("painting", done, total)
    blocks = list(plan.unfinished(process.rank, process.world_size))
    lefts = [plan.left(block) for block in blocks]
    painted = (task.painters or _Here(task)).paint([left.requests for left in lefts])
    device = painter.device if task.painters is None else task.painters.make.device
    with SampleWriter(plan.run, painter, device) as writer:
        for block, left, attempted in zip(blocks, lefts, painted, strict=True):
            for attempts in attempted:
                writer.write(attempts)
                done += len(attempts)
                progress("painting", done, total)
            _write_tables(plan.run, plan.clear_shard(block), left, writer.rows())


def _take_over(known: RunFolder, plan: Plan) -> None:
    """Write a shard of what is left to paint and the run `known` has: the same request is the same picture."""
    left = [plan.left(block) for block in plan.blocks]
    rows = known_samples(known, [one for some in left for one in some.asked])
    if not rows:
        return
    names = {row["request_id"] for row in rows}
    requests = {one.request_id: one for some in left for one in some.requests if one.request_id in names}
    asked = [one for some in left for one in some.asked if one[1].request_id in names]
    taken = [row for row in rows if row["request_id"] in requests]
    take_pictures(known, plan.run, taken)
    _write_tables(plan.run, plan.clear_shard(plan.blocks[0]), Left(list(requests.values()), asked), taken)
    plan.refresh()


class _Here(NamedTuple):
    """This process, painting as `task` says."""

    task: _Task

    def paint(self, blocks: Sequence[Sequence[Request]]) -> Iterator[Iterator[list[Attempt]]]:
        """Yield for each of `blocks` what yields its attempts, a batch at a time."""
        task, painter = self.task, self.task.composed.painter
        batches = Batches(painter, task.batch_size, task.composed.best_of, task.path_every)
        with computing_with(task.composed.recipe.per_worker(painter.device).threads):
            for requests in blocks:
                if requests and isinstance(painter, EncodesAhead):
                    painter.encode_ahead(requests)
                yield batches.paint(requests)


def _write_tables(run: RunFolder, index: int, left: Left, samples: list[dict[str, Any]]) -> None:
    run.write_shard("probe_requests", index, schema.from_rows("probe_requests", [_probed(*one) for one in left.asked]))
    rows = [request._asdict() | {"settings": canonical_json(request.settings)} for request in left.requests]
    run.write_shard("requests", index, schema.from_rows("requests", rows))
    run.write_shard("samples", index, schema.from_rows("samples", samples))
    run.mark(STAGE, index)


def _probed(probe: Probe, request: Request) -> dict[str, Any]:
    return {
        "probe_id": probe.probe_id,
        "request_id": request.request_id,
        "attributes": list(probe.attributes.items()),
        "pair_id": probe.pair_id,
    }


def _wait_for_others(plan: Plan, process: Launched, patience: float) -> None:
    """Return once every block is marked, by whichever process it belongs to."""

    def ready() -> bool:
        plan.refresh()
        return not any(plan.unfinished())

    what = f"of {process.world_size} processes some have not marked what is theirs"
    wait_for(ready, lambda: len(plan.run.marked(STAGE)), what, patience)
