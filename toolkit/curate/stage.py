"""The curate stage: pairs and scores shard by shard, then a decision for every row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from time import perf_counter
from typing import Any

from toolkit.curate import deciding
from toolkit.curate.captions.rules import word_lists_of
from toolkit.curate.cascade import Cascade, needed
from toolkit.curate.duplicates.references import references
from toolkit.curate.evaluation_set import score_evaluation
from toolkit.curate.groups.rules import group_lists_of
from toolkit.curate.pairing.cache_folder import cache_folder
from toolkit.curate.plan import Plan, plan_of
from toolkit.curate.recipe import CurateRecipe
from toolkit.curate.resources import Resources
from toolkit.curate.safety.recipe import SafetyRecipe
from toolkit.curate.scoring import ahead, score_source, write_shards
from toolkit.curate.shards import ScorerOfRows, known_shard, scores_table
from toolkit.engine.engine import Engine
from toolkit.engine.local import LocalEngine
from toolkit.engine.resources import decides
from toolkit.errors import RunError
from toolkit.path_hashes import HashedPath, hash_path
from toolkit.progress import Progress, silent
from toolkit.recipe import load_recipe
from toolkit.sources import open_source
from toolkit.sources.remote import RemotePath, any_path, fingerprint
from toolkit.sources.rows import Source
from toolkit.store import RunFolder, create_run, open_run

STAGE = "curate"
RecipeLike = CurateRecipe | Mapping[str, Any] | str | Path | None


def curate(
    source: Source | str | Path,
    out: str | Path,
    *,
    recipe: RecipeLike = None,
    workers: int = 1,
    engine: Engine | None = None,
    resume: bool = False,
    shard_rows: int = 1024,
    cache: str | Path | None = None,
    progress: Progress = silent,
) -> RunFolder:
    """Return the run folder at `out` with the pairs, scores and decisions of `source`.

    The tables are the same whatever `workers` (processes of this machine), or the `engine` that is given instead (see
    `open_engine`), and however often the run was resumed; a kill loses at most the shards in hand. `cache` is the
    folder that keeps embeddings across runs (None: TAIN_CACHE, else ~/.cache/tain, else a folder of the run). Raises
    SourceError, RecipeError, ModelError, WorkerError, EngineError, and RunError where `out` is in the way or `resume`
    finds a run of another recipe or source.
    """
    started = perf_counter()
    engine = engine or LocalEngine(workers)
    checked = load_recipe(CurateRecipe, recipe)
    opened = open_source(source) if isinstance(source, str | Path) else source
    compared, lists = references(checked.duplicates), _lists(checked)
    run = create_run(out, resume=resume)
    stored = checked.model_dump(mode="json")
    arguments = {"source": opened.name, "shard_rows": shard_rows, "compared": compared, "lists": lists} | _remote(
        source
    )
    with run.locked() as lock, ThreadPoolExecutor(1, "hashing") as beside:
        hashing = beside.submit(_hashed, source)
        if _is_finished(run, {"recipe": stored, "arguments": arguments}, hashing):
            return run
        folder = cache_folder(cache, run.path / "cache")
        scorer = ScorerOfRows(checked, folder)
        scored = score_source(run, STAGE, opened, scorer, engine=engine, shard_rows=shard_rows)
        shards = ahead(scored, hashing.done)  # nothing is written before run.json says of what
        inputs = hashing.result()
        recorded = run.stage(STAGE, recipe=stored, arguments=arguments, inputs=inputs, started=started, lock=lock)
        with recorded as counts:
            write_shards(run, STAGE, shards, progress)
            evaluation = score_evaluation(run, checked, cache=folder, engine=engine, progress=progress)
            here = _computed_here(checked)
            decided = deciding.write_decisions(
                run, run, here, progress, cache=folder, evaluation=evaluation, engine=engine
            )
            counts.update(decided)
    return run


def _computed_here(recipe: CurateRecipe) -> CurateRecipe:
    """Return `recipe` with a device that this process has: that of the model may be one of workers elsewhere."""
    pairing = recipe.pairing
    if pairing.device == "cpu" or pairing.model is None:
        return recipe
    from toolkit.models.devices import device_here

    return recipe.model_copy(update={"pairing": pairing.model_copy(update={"device": device_here(pairing.device)})})


def decide(
    run: str | Path | RunFolder,
    out: str | Path,
    *,
    recipe: RecipeLike,
    score: bool = False,
    cache: str | Path | None = None,
    progress: Progress = silent,
) -> RunFolder:
    """Return a new run folder at `out` with the decisions of `recipe` on the scores that `run` holds.

    `score` computes the scores that `recipe` needs and `run` lacks, and only those, and embeddings that the `cache`
    (see `curate`) has lost. Raises RunError without it where there are any, with their number; RecipeError; RunError
    where `out` is in the way.
    """
    checked = load_recipe(CurateRecipe, recipe)
    given = run if isinstance(run, RunFolder) else open_run(run)
    scored = given.find("scores")
    if scored is None or scored.find("pairs") is None:
        raise RunError(f"{given.path} has no scores to decide from; give a run that tain curate wrote")
    compared, lists = references(checked.duplicates, scored), _lists(checked)
    folder = cache_folder(cache, scored.path / "cache")
    plan = plan_of(checked, Resources(cache=folder))
    forget = _outdated(scored, plan)
    missing = 0 if score else _count_missing(scored, plan, forget)
    if missing:
        raise RunError(
            f"{missing} rows need scores that {scored.path} lacks, because its recipe had dropped them earlier or "
            "asked another model; add --score to compute just those"
        )
    made = create_run(out)
    stored = checked.model_dump(mode="json")
    arguments = {"score": score, "compared": compared, "lists": lists}
    with made.stage(STAGE, recipe=stored, arguments=arguments, inputs=[given]) as counts:
        counts["rows_scored"] = _score_missing(scored, made, plan, forget, progress) if score else 0
        evaluation = score_evaluation(scored, checked, cache=folder, progress=progress)
        decided = made if score else scored
        counts.update(deciding.write_decisions(decided, made, checked, progress, cache=folder, evaluation=evaluation))
    return made


def _lists(recipe: CurateRecipe) -> dict[str, str]:
    """Return the files of lists that `recipe` names, each with a hash. Raises RecipeError for one that is wrong."""
    found = word_lists_of(recipe.captions) | group_lists_of(recipe.groups)
    if recipe.safety != SafetyRecipe():
        from toolkit.curate.safety.rules import lists_of

        found = lists_of(recipe.safety) | found
    return found


def _hashed(source: Source | str | Path) -> list[HashedPath]:
    """Return the file or folder that `source` names, if it names one, with its hash."""
    path = any_path(source) if isinstance(source, str | Path) else None
    return [HashedPath(path, hash_path(path))] if isinstance(path, Path) and path.exists() else []


def _remote(source: Source | str | Path) -> dict[str, str]:
    """Return what run.json says of a `source` in an object store, so that a run that goes on knows it again."""
    path = any_path(source) if isinstance(source, str | Path) else None
    return {"remote": fingerprint(path)} if isinstance(path, RemotePath) else {}


def _is_finished(run: RunFolder, asked: Mapping[str, Any], hashing: Future[list[HashedPath]]) -> bool:
    """Return whether `run` holds this stage already. Raises RunError where it was begun with something else."""
    entry = run.stages.get(STAGE)
    if entry is None:
        return False
    for part, now in {**asked, "recipe": decides(asked["recipe"])}.items():
        different = sorted(key for key in now if now[key] != (entry[part] or {}).get(key))
        if different:
            raise RunError(
                f"{run.path} was begun with another {part} ({', '.join(different)} differ); "
                "resume it with the one it has, or choose another --out"
            )
    inputs = hashing.result()
    if [one["hash"] for one in entry["inputs"]] != [one.hash for one in inputs]:
        raise RunError(
            f"{inputs[0].path if inputs else 'the source'} has changed since {run.path} was begun (files came, went or "
            "have another size); choose another --out"
        )
    return bool(entry["finished"])


def _outdated(scored: RunFolder, plan: Plan) -> tuple[str, ...]:
    """Return the names and columns of the scorers whose stored scores are of another version: another list of words,
    another pairing model."""
    versions = (scored.stages.get(STAGE, {}).get("counts") or {}).get("scorers", {})
    changed = [one for one in plan.scorers if versions.get(one.name, one.version) != one.version]
    return tuple(name for one in changed for name in (one.name, *one.columns))


def _stored(scored: RunFolder) -> Iterator[tuple[Any, Any]]:
    """Yield (pairs, scores) shard by shard."""
    holder = scored.find("pairs")
    assert holder is not None
    yield from zip(holder.scan("pairs"), scored.scan("scores"), strict=True)


def _count_missing(scored: RunFolder, plan: Plan, forget: tuple[str, ...]) -> int:
    return sum(
        len(needed(known_shard(pairs, scores, scored.path, plan, forget), plan)) for pairs, scores in _stored(scored)
    )


def _score_missing(scored: RunFolder, made: RunFolder, plan: Plan, forget: tuple[str, ...], progress: Progress) -> int:
    """Write the scores of `scored` to `made`, completed for `plan`; return how many rows were scored further."""
    cascade = Cascade(plan)
    completed = 0
    for index, (pairs, scores) in enumerate(_stored(scored)):
        shard = known_shard(pairs, scores, scored.path, plan, forget)
        rows = needed(shard, plan)
        cascade.run(shard)
        if plan.embedder is not None:
            from toolkit.curate.pairing.restore import restore_embeddings

            restore_embeddings(plan.embedder, shard)
        made.write_shard("scores", index, scores_table(pairs["sample_id"].combine_chunks(), shard, plan))
        completed += len(rows)
        progress("score", completed, 0)
    return completed
