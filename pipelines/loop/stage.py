"""`tain loop`: the stages one after the other, each kept once it is finished, so that a turn that was cut goes on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pipelines.loop.recipe import LoopRecipe
from pipelines.mitigate.painted import Painting
from pipelines.mitigate.stage import mitigate
from pipelines.painters import painter_in
from toolkit.audit.stage import audit
from toolkit.curate.stage import curate
from toolkit.engine.local import LocalEngine
from toolkit.generate.stage import generate
from toolkit.progress import Progress, silent
from toolkit.recipe import load_recipe
from toolkit.report.stage import write_report
from toolkit.store import RunFolder
from toolkit.train.stage import train


class Turn(NamedTuple):
    """What a turn made: the `curated` run, the `model` that painted, the `audited` run, and what was `mitigated`."""

    curated: RunFolder
    model: str
    audited: RunFolder
    mitigated: tuple[RunFolder, ...]


def loop(
    recipe: LoopRecipe | Mapping[str, Any] | str | Path,
    out: str | Path,
    *,
    cache: Path | None = None,
    progress: Progress = silent,
) -> Turn:
    """Run the stages of `recipe` into folders within `out` and return them; see `LoopRecipe`.

    Run it again after a kill, and it goes on; change a part, and the stage refuses to mix the two. Raises what the
    stages raise: RecipeError, RunError, SourceError, ModelError, WorkerError.
    """
    asked, folder = load_recipe(LoopRecipe, recipe), Path(out)
    curated = curate(
        asked.curate.source,
        folder / "curated",
        recipe=asked.curate.recipe,
        engine=LocalEngine(asked.curate.workers),
        resume=True,
        cache=cache,
        progress=progress,
    )
    model = _model(asked, curated, folder, progress)
    audited = _audited(asked, model, curated, folder, progress)
    mended = [
        mitigate(
            audited.path,
            folder / one.folder,
            finding=one.finding,
            target=one.target,
            by=one.by,
            strengths=one.strengths,
            slices=one.slices,
            also=one.also,
            phrases=None if one.phrases is None else Path(one.phrases),
            over_application=one.over_application,
            painting=Painting(device=asked.generate.device),
            progress=progress,
        )
        for one in asked.mitigate
    ]
    return Turn(curated, model, audited, tuple(mended))


def _model(asked: LoopRecipe, curated: RunFolder, folder: Path, progress: Progress) -> str:
    """Return the name of what paints: trained here, or named in the recipe."""
    if asked.train is None:
        return str(asked.generate.model)
    made = train(
        asked.train.kind,
        curated,
        folder / "model",
        recipe=asked.train.recipe,
        minutes=asked.train.minutes,
        resume=True,
        command="tain loop",
        progress=progress,
    )
    return str(painter_in(made))


def _audited(asked: LoopRecipe, model: str, curated: RunFolder, folder: Path, progress: Progress) -> RunFolder:
    painted = generate(
        model,
        asked.generate.probes,
        folder / "audit",
        replicates=asked.generate.replicates,
        seed=asked.generate.seed,
        recipe=asked.generate.recipe,
        resume=True,
        device=asked.generate.device,
        progress=progress,
    )
    if painted.stages.get("audit", {}).get("finished"):
        return painted
    audited = audit(painted, painted.path, data=curated, recipe=asked.audit.recipe, progress=progress)
    write_report(audited)
    return audited
