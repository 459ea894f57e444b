"""An evaluation set, scored once for a run by the scorers that its rows are compared by: RUN/cache/evaluation/KEY/."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pyarrow.compute as pc

from toolkit.curate.captions.boilerplate import CaptionTemplate
from toolkit.curate.duplicates.fingerprints import Fingerprints
from toolkit.curate.duplicates.other_rows import OtherRun
from toolkit.curate.duplicates.references import content_of_source
from toolkit.curate.plan import Plan, plan_of
from toolkit.curate.recipe import CurateRecipe
from toolkit.curate.resources import Resources
from toolkit.curate.scorer import Scorer
from toolkit.curate.scoring import score_source, write_shards
from toolkit.curate.shards import ScorerOfRows, known_shard
from toolkit.engine.engine import Engine
from toolkit.engine.local import LocalEngine
from toolkit.errors import RunError, SourceError
from toolkit.progress import Progress
from toolkit.seeds import stable_hash
from toolkit.sources import open_source
from toolkit.store import RunFolder, create_run

STAGE = "evaluation"
_SHARD_ROWS = 1024


def score_evaluation(
    scored: RunFolder, recipe: CurateRecipe, *, cache: Path, engine: Engine = LocalEngine(), progress: Progress
) -> OtherRun | None:
    """Return the pairs and scores of the evaluation set of `recipe`; None where it names none.

    They are kept with the pairs of `scored`, and their embeddings in the folder `cache`, so that deciding again scores
    nothing; they are scored anew once the set, the model or a scorer has changed. Raises SourceError where the set
    cannot be read or holds no rows.
    """
    asked = recipe.duplicates.decontaminate
    if asked is None:
        return None
    source = open_source(asked.source)
    run = create_run(_folder(scored, recipe, asked.source), resume=True)
    if not run.stages.get(STAGE, {}).get("finished"):
        with run.stage(STAGE, arguments={"source": source.name}) as counts:
            scorer = ScorerOfRows(recipe, cache, evaluation_plan)
            shards = score_source(run, STAGE, source, scorer, engine=engine, shard_rows=_SHARD_ROWS)
            write_shards(run, STAGE, shards, lambda _, done, total: progress(STAGE, done, total))
            if not run.has("pairs"):
                raise SourceError(f"duplicates.decontaminate.source is {asked.source}, which holds no rows")
            errors = run.read("pairs", ["error"])["error"]
            counts.update(rows=len(errors), unreadable=pc.count(errors).as_py())
    _restore(run, evaluation_plan(recipe, Resources(cache=cache)))
    return OtherRun(run, run)


def known_evaluation(scored: RunFolder, recipe: CurateRecipe) -> OtherRun | None:
    """Return the evaluation set of `recipe` as `score_evaluation` left it with the pairs of `scored`; None where the
    recipe names none. Raises RunError where it is not there."""
    asked = recipe.duplicates.decontaminate
    if asked is None:
        return None
    folder = _folder(scored, recipe, asked.source)
    if not (folder / "run.json").is_file() or not RunFolder(folder).stages.get(STAGE, {}).get("finished"):
        raise RunError(
            f"the evaluation set {asked.source} that {scored.path} was compared with has changed, or its scores are "
            "gone; decide again with tain decide, which scores it anew"
        )
    return OtherRun(RunFolder(folder), RunFolder(folder))


def _restore(run: RunFolder, plan: Plan) -> None:
    """Make again what the cache has lost of the embeddings of `run`."""
    if plan.embedder is None:
        return
    from toolkit.curate.pairing.restore import restore_embeddings

    for pairs, scores in zip(run.scan("pairs"), run.scan("scores"), strict=True):
        restore_embeddings(plan.embedder, known_shard(pairs, scores, run.path, plan))


def evaluation_plan(recipe: CurateRecipe, resources: Resources = Resources()) -> Plan:
    """Return the plan by which the evaluation set of `recipe` is scored: no rules, and all scorers that rows may be
    compared by, whatever is asked for now; those of embeddings only where they are."""
    plan = plan_of(recipe, resources)
    asked = recipe.duplicates.decontaminate
    embedder = None if asked is None or asked.cosine is None else plan.embedder
    needed = [one for one in plan.scorers if embedder is not None and "embedding" in one.needs]
    scorers: tuple[Scorer, ...] = (CaptionTemplate(), Fingerprints(), *needed)
    return replace(plan, scorers=scorers, rules=(), embedder=embedder, score_all=True, pictures_required=True)


def _folder(scored: RunFolder, recipe: CurateRecipe, source: str) -> Path:
    plan = evaluation_plan(recipe)
    model = None if plan.embedder is None else plan.embedder.model
    key = [source, content_of_source(source), model, *((one.name, one.version) for one in plan.scorers)]
    holder = scored.find("pairs") or scored
    return holder.path / "cache" / "evaluation" / stable_hash(json.dumps(key))
