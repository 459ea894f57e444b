"""The second pass: small columns of all shards together, global rules, and the decisions table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from toolkit.curate.decisions import Decided, counts, decide_rows, failures
from toolkit.curate.duplicates import naive
from toolkit.curate.duplicates.banded_join import PARTITIONED_FROM, PARTITIONED_HERE_FROM, PartByPart
from toolkit.curate.duplicates.fingerprint_file import FINGERPRINT, LOOKS, FingerprintFile, fingerprint_file
from toolkit.curate.duplicates.other_rows import OtherRun
from toolkit.curate.groups.retention import Outcome, write_retention
from toolkit.curate.plan import Plan, plan_of
from toolkit.curate.recipe import CurateRecipe
from toolkit.curate.remembered import Remembered, write_judged
from toolkit.curate.resources import Embeddings, Resources
from toolkit.curate.shards import FACTS
from toolkit.engine.engine import Engine
from toolkit.engine.local import Gathered, LocalEngine, gather
from toolkit.engine.threads import usable_cores
from toolkit.errors import RunError
from toolkit.progress import Progress
from toolkit.store import RunFolder

_MARKS = "decide"


def write_decisions(
    scored: RunFolder,
    out: RunFolder,
    recipe: CurateRecipe,
    progress: Progress,
    *,
    cache: Path,
    evaluation: OtherRun | None = None,
    engine: Engine | None = None,
) -> dict[str, Any]:
    """Write the decisions of `recipe` on the scores in `scored` to `out`; return the counts for run.json.

    `cache` is the folder that holds the embeddings, `evaluation` the scores of the evaluation set that the recipe
    names. Where very many hashes are compared, the workers of `engine` (None: a process a core) do it. Decisions that a
    killed run left unmarked are made again.
    """
    embeddings = None if recipe.pairing.model is None else embeddings_of(recipe.pairing.model, cache, scored)
    progress("decide", 0, len(scored.shards("scores")))
    folder = out.path / "cache"
    scratch = folder / "gathered.arrow"
    with fingerprint_file(folder) as prints:
        large = _part_by_part(engine or LocalEngine(usable_cores()), folder)
        made = plan_of(recipe, Resources(embeddings, prints, scored, evaluation, cache, large=large))
        rules = tuple(map(Remembered, made.rules))
        plan = replace(made, rules=rules)
        try:
            columns = gather(columns_of(scored, plan, prints), scratch)
            decided = decide_rows(columns, plan)
            _write(out, decided, [pq.read_metadata(path).num_rows for path in scored.shards("scores")], progress)
            found = counts(decided) | _naive(columns, large)
            columns.release()
            steps = decided.steps
            outcome = Outcome(decided.deciding, [one.rule for one in steps], [one.alone for one in steps])
            write_retention(scored, out, outcome, recipe.groups)
            write_judged(out, rules)
        finally:
            scratch.unlink(missing_ok=True)
    scorers = {scorer.name: scorer.version for scorer in plan.scorers}
    compared = {} if evaluation is None else {"evaluation": evaluation.scores.stages["evaluation"]["counts"]}
    return found | {"scorers": scorers} | compared


def embeddings_of(model: str, cache: Path, scored: RunFolder) -> Embeddings:
    """Return the embeddings by `model` of the pictures that `scored` has scored, looked up in the folder `cache`."""
    from toolkit.curate.pairing.embedder import Embedder
    from toolkit.curate.pairing.lookup import EmbeddingLookup

    return EmbeddingLookup(Embedder(model, cache), scored)


def _part_by_part(engine: Engine, folder: Path) -> PartByPart:
    """Return how large searches are done: where `engine` is this machine's, only what is large for it."""
    return PartByPart(engine, folder, PARTITIONED_HERE_FROM if isinstance(engine, LocalEngine) else PARTITIONED_FROM)


def _naive(columns: Gathered, large: PartByPart) -> dict[str, Any]:
    """Return what a perceptual hash alone would lose; nothing where no hash was asked for."""
    if not set(naive.COLUMNS) <= set(columns.table.schema.names):
        return {}
    hashed = np.flatnonzero(columns.table["perceptual_hash"].is_valid().to_numpy())
    return {"naive_perceptual": naive.count_naive(columns.take(["sample_id", *naive.COLUMNS], hashed), large)}


def columns_of(
    scored: RunFolder, plan: Plan, prints: FingerprintFile | None, also: Iterable[str] = ()
) -> Iterator[pa.Table]:
    """Yield, a shard at a time, what rules and counts read: facts of pairs, scores (those called `also` too) and
    failures. Fingerprints that rules compare are added to `prints`, if it is given.

    Raises RunError where the tables of `scored` do not fit together.
    """
    holder = scored.find("pairs")
    if holder is None or not scored.has("scores"):
        return
    wanted = {*naive.COLUMNS, *also, *(c for rule in plan.rules for c in rule.columns)}
    known = scored.columns("scores")
    small = [name for name in known if name in wanted and name not in FACTS]
    looks = LOOKS if FINGERPRINT in small and prints is not None else ()
    read = list(dict.fromkeys(["sample_id", "unscored", *small, *looks]))
    for facts, scores in zip(holder.scan("pairs", list(FACTS)), scored.scan("scores", read), strict=True):
        if facts["sample_id"] != scores["sample_id"]:
            raise RunError(f"{scored.path}: the shards of pairs and scores hold different rows; make the run again")
        if looks and prints is not None:
            prints.add(scores)
        errors = [plan.failure(error) for error in facts["error"].to_pylist()]
        table = facts.drop_columns(["error"])
        for name in small:
            table = table.append_column(name, scores[name])
        for name, why in failures(scores, errors, plan.scorers).items():
            table = table.append_column(name, pa.array(why, pa.string()))
        yield table.replace_schema_metadata(None)


def _write(out: RunFolder, decided: Decided, sizes: list[int], progress: Progress) -> None:
    out.discard_unmarked(_MARKS, ["decisions"])
    marked = {int(name.rpartition("-")[2]) for name in out.marked(_MARKS)}
    start = 0
    for index, size in enumerate(sizes):
        if index not in marked:
            out.write_shard("decisions", index, decided.table(start, size))
            out.mark(_MARKS, index)
        start += size
        progress("decide", index + 1, len(sizes))
