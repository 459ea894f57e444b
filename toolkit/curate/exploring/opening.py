"""Opens the scores of a run to explore its thresholds: gathered outside of the run, which is only read."""

from __future__ import annotations

import tempfile
import weakref
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np

from toolkit.curate.deciding import columns_of, embeddings_of
from toolkit.curate.duplicates.fingerprints_of_run import fingerprints_of_run
from toolkit.curate.evaluation_set import known_evaluation
from toolkit.curate.exploring.explorer import Explorer
from toolkit.curate.exploring.limits import limits_of
from toolkit.curate.exploring.unscored import skipped_by_level
from toolkit.curate.pairing.cache_folder import cache_folder
from toolkit.curate.plan import plan_of
from toolkit.curate.recipe import CurateRecipe
from toolkit.curate.remembered import Remembered, read_judged
from toolkit.curate.resources import Resources
from toolkit.curate.shards import FACTS
from toolkit.engine.local import gather
from toolkit.errors import RunError
from toolkit.recipe import load_recipe
from toolkit.store import RunFolder

_STAGE = "curate"


def open_explorer(run: RunFolder) -> Explorer:
    """Return the scores behind the decisions of `run` or of its inputs, and decide once as they were decided.

    Raises RunError where there are no decisions from scores, where the scores lack what the recipe reads, or where
    what its rules compare with is no longer there.
    """
    decider = run.find("decisions")
    scored = None if decider is None else decider.find("scores")
    entry = None if decider is None else decider.stages.get(_STAGE)
    if decider is None or scored is None or entry is None or scored.find("pairs") is None:
        raise RunError(f"{run.path} holds no decisions that were made from scores; give a run that tain curate wrote")
    recipe = load_recipe(CurateRecipe, entry["recipe"])
    with ExitStack() as stack:
        explorer = _gathered(scored, decider, recipe, stack)
        _ = explorer.own
        weakref.finalize(explorer, stack.pop_all().close)  # fingerprints are read as long as somebody explores
        return explorer


def _gathered(scored: RunFolder, decider: RunFolder, recipe: CurateRecipe, stack: ExitStack) -> Explorer:
    names = scored.columns("scores")
    prints = stack.enter_context(fingerprints_of_run(scored))
    resources = replace(_resources(scored, recipe), fingerprints=prints)
    plan = plan_of(recipe, resources)
    limits = tuple(limits_of(recipe, names))
    missing = sorted({c for rule in plan.rules for c in rule.columns} - {*names, *FACTS})
    if missing:
        raise RunError(
            f"{scored.path} has no scores called {', '.join(missing)}, which its recipe reads; make the run again"
        )
    with tempfile.TemporaryDirectory() as folder:
        tables = columns_of(scored, plan, None, also=[one.column for one in limits])
        columns = gather(tables, Path(folder) / "gathered.arrow")
    pairs = scored.find("pairs")
    assert pairs is not None
    readable = pairs.read("pairs", ["error"])["error"].is_null().to_numpy()
    written = decider.read("decisions", ["sample_id", "status"])
    ids = columns.table["sample_id"].combine_chunks()
    if not written["sample_id"].combine_chunks().equals(ids):
        raise RunError(f"{decider.path} decides about other rows than {scored.path} has scored; make the run again")
    known = read_judged(decider, _STAGE)
    return Explorer(
        scored,
        recipe,
        limits,
        columns,
        ids,
        written["status"].combine_chunks(),
        replace(plan, rules=tuple(Remembered(rule, known.get(rule.name)) for rule in plan.rules)),
        resources,
        skipped_by_level(scored.scan("scores", ["unscored"]), plan, names),
        np.asarray(readable, dtype=bool),
    )


def _resources(scored: RunFolder, recipe: CurateRecipe) -> Resources:
    """Return what rules read beside the rows: embeddings that the run keeps itself, else those of the common cache."""
    own = scored.path / "cache"
    cache = own if (own / "embeddings").is_dir() else cache_folder(None, own)
    model = recipe.pairing.model
    return Resources(
        embeddings=None if model is None else embeddings_of(model, cache, scored),
        scored=scored,
        evaluation=known_evaluation(scored, recipe),
        cache=cache,
        scratch=Path(tempfile.gettempdir()),
    )
