"""A threshold moved in memory decides every row as curating by the exported recipe does, on real pictures."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from crops import write_crops

from toolkit.curate.exploring.explorer import Explorer
from toolkit.curate.exploring.limits import Limit, recipe_yaml
from toolkit.curate.exploring.opening import open_explorer
from toolkit.curate.plan import plan_of
from toolkit.curate.recipe import CurateRecipe
from toolkit.curate.remembered import FILE, Remembered, read_judged, write_judged
from toolkit.curate.resources import Resources
from toolkit.curate.rule import Rule, Taken
from toolkit.curate.stage import curate, decide
from toolkit.errors import RecipeError, RunError
from toolkit.recipe import load_recipe
from toolkit.store import RunFolder, create_run

STRICT = {"captions": {"min_words": 7}}
LOOSE = {"captions": {"min_words": 1}}
# Copies by their looks go, where the network's embeddings confirm it.
EMBEDDED = {"pairing": {"model": "zoo:clip", "threshold": 0.0}, "duplicates": {"perceptual": {"distance": 20}}}
SEMANTIC = {"pairing": {"model": "zoo:clip"}, "duplicates": {"semantic": {"cosine": 0.9}}}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_crops(tmp_path_factory.mktemp("source") / "crops")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def loose(source: Path, folder: Path) -> RunFolder:
    return curate(source, folder / "loose", recipe=LOOSE, shard_rows=16)


@pytest.fixture(scope="module")
def strict(source: Path, folder: Path) -> RunFolder:
    return curate(source, folder / "strict", recipe=STRICT, shard_rows=16)


@pytest.fixture(scope="module")
def embedded(source: Path, folder: Path) -> RunFolder:
    return curate(source, folder / "embedded", recipe=EMBEDDED, shard_rows=16)


@pytest.fixture(scope="module")
def semantic(source: Path, folder: Path) -> RunFolder:
    return curate(source, folder / "semantic", recipe=SEMANTIC, shard_rows=16)


def limit(explorer: Explorer, key: str) -> Limit:
    return next(one for one in explorer.limits if one.key == key)


def decided(run: RunFolder) -> list[tuple[str, str, str | None]]:
    """Return sample_id, status and the rule that decided, of every row."""
    rows = run.read("decisions").to_pylist()
    return [(one["sample_id"], one["status"], next((r["rule"] for r in one["reasons"]), None)) for one in rows]


def explored(explorer: Explorer, key: str, value: float | None) -> list[tuple[str, str, str | None]]:
    """Return the same of `value` at the limit `key`."""
    found = explorer.moved(limit(explorer, key), value).decided
    names = (found.statuses[found.deciding], found.rules[found.deciding])
    rows = zip(explorer.sample_ids.to_pylist(), *(one.tolist() for one in names), strict=True)
    return [(name, status, rule or None) for name, status, rule in rows]


MOVES = [
    ("loose", "captions.min_words", 7),
    ("loose", "captions.max_characters", 30),
    ("loose", "pictures.min_side", 80),
    ("loose", "pictures.min_entropy", 6.9),
    ("loose", "pictures.min_sharpness", 3.0),
    ("embedded", "pairing.threshold", 0.3),
    ("embedded", "captions.max_characters", 30),
    ("embedded", "pictures.min_side", 70),
    ("semantic", "pictures.min_side", 100),
    ("semantic", "pairing.threshold", 0.25),
]


@pytest.mark.parametrize(("name", "key", "value"), MOVES)
def test_every_row_goes_as_it_does_by_the_exported_recipe(
    name: str, key: str, value: float, source: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    run: RunFolder = request.getfixturevalue(name)
    explorer = open_explorer(run)
    moved = explorer.moved(limit(explorer, key), value)
    file = tmp_path / "recipe.yaml"
    file.write_text(recipe_yaml(moved.recipe), "utf-8")
    found = explored(explorer, key, value)
    assert found != decided(run), "the threshold was moved to where it matters"
    assert not moved.to_score.any()
    assert found == decided(decide(run, tmp_path / "again", recipe=file))
    anew = curate(source, tmp_path / "anew", recipe=file, shard_rows=16)
    assert found == decided(anew)
    assert int(moved.kept.sum()) == anew.stages["curate"]["counts"]["kept"]


@pytest.mark.parametrize("name", ["loose", "strict", "embedded", "semantic"])
def test_an_unmoved_threshold_decides_as_the_run_did(name: str, request: pytest.FixtureRequest) -> None:
    run: RunFolder = request.getfixturevalue(name)
    explorer = open_explorer(run)
    for one in explorer.limits:
        assert explored(explorer, one.key, one.value) == decided(run)
    assert explorer.differing == 0


def test_it_decides_the_same_whatever_was_explored_before(embedded: RunFolder) -> None:
    explorer = open_explorer(embedded)
    values = np.random.default_rng(0).uniform(0, 0.4, 6).round(4).tolist()
    first = [explored(explorer, "pairing.threshold", value) for value in values]
    again = [explored(open_explorer(embedded), "pairing.threshold", value) for value in values[::-1]]
    assert first == again[::-1]
    assert explored(explorer, "pairing.threshold", 0.0) == decided(embedded)


def test_rows_to_score_are_those_that_decide_would_refuse_for(strict: RunFolder, tmp_path: Path) -> None:
    explorer = open_explorer(strict)
    moved = explorer.moved(limit(explorer, "captions.min_words"), 1)
    with pytest.raises(RunError, match=r"\d+ rows need scores") as refused:
        decide(strict, tmp_path / "refused", recipe=moved.recipe)
    assert int(str(refused.value).split()[0]) == int(moved.to_score.sum()) > 10
    scored = decide(strict, tmp_path / "scored", recipe=moved.recipe, score=True)
    assert scored.stages["curate"]["counts"]["rows_scored"] == int(moved.to_score.sum())
    told = zip(explored(explorer, "captions.min_words", 1), decided(scored), moved.to_score.tolist(), strict=True)
    known = [(one, two) for one, two, waits in told if not waits and not str(two[2]).endswith("duplicate")]
    assert [one for one, _ in known] == [two for _, two in known], "only copies of rows to score are told otherwise"


def test_nothing_is_written_into_the_run(loose: RunFolder) -> None:
    files = {one: one.stat().st_mtime_ns for one in loose.path.rglob("*") if one.is_file()}
    explorer = open_explorer(loose)
    explorer.moved(limit(explorer, "captions.min_words"), 7)
    assert {one: one.stat().st_mtime_ns for one in loose.path.rglob("*") if one.is_file()} == files


def test_a_run_decided_again_is_explored_by_its_own_recipe(loose: RunFolder, tmp_path: Path) -> None:
    again = decide(loose, tmp_path / "again", recipe=STRICT)
    explorer = open_explorer(again)
    assert limit(explorer, "captions.min_words").value == 7
    assert explored(explorer, "captions.min_words", 7) == decided(again)
    assert explored(explorer, "captions.min_words", 1) == decided(loose)


def test_limits_are_those_whose_score_the_run_holds(source: Path, loose: RunFolder, tmp_path: Path) -> None:
    keys = {one.key for one in open_explorer(loose).limits}
    assert {"captions.min_words", "pictures.max_light"} <= keys
    assert not keys & {"pairing.threshold", "captions.max_toxicity", "safety.nsfw.maximum"}
    used = curate(
        source, tmp_path / "used", recipe={"scorers": "used", "duplicates": {"exact": False, "perceptual": None}}
    )
    assert "pictures.min_sharpness" not in {one.key for one in open_explorer(used).limits}


def test_a_value_that_may_not_stand_there_is_refused(loose: RunFolder) -> None:
    explorer = open_explorer(loose)
    with pytest.raises(RecipeError, match=r"captions\.min_words"):
        explorer.moved(limit(explorer, "captions.min_words"), -1)
    with pytest.raises(RecipeError, match=r"pictures\.max_light"):
        explorer.moved(limit(explorer, "pictures.max_light"), 1.5)


def test_a_run_without_scores_cannot_be_explored(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no decisions that were made from scores"):
        open_explorer(create_run(tmp_path / "empty"))


def test_an_evaluation_set_is_compared_with_as_it_was_scored(source: Path, tmp_path: Path) -> None:
    test_set = write_crops(tmp_path / "test", rows=6)
    recipe = {"duplicates": {"decontaminate": {"source": str(test_set)}}}
    run = curate(source, tmp_path / "run", recipe=recipe, shard_rows=16)
    explorer = open_explorer(run)
    assert explored(explorer, "captions.min_words", 1) == decided(run)
    assert len(explorer.own.taken_by("decontamination")) >= 5
    (test_set / "images" / "0000.png").unlink()
    with pytest.raises(RunError, match="evaluation set"):
        open_explorer(run)


@pytest.mark.parametrize("damage", ["lost", "cut short", "of another version"])
def test_without_what_curation_kept_of_its_rules_it_decides_the_same(
    damage: str, embedded: RunFolder, tmp_path: Path
) -> None:
    run = RunFolder(tmp_path / "run")
    shutil.copytree(embedded.path, run.path)
    kept = run.path / FILE
    if damage == "lost":
        kept.unlink()
    elif damage == "cut short":
        kept.write_bytes(kept.read_bytes()[:100])
    else:  # what it says would not be believed: of no row, nothing was taken
        write_judged(run, _which_took_nothing(run))
        record = run.record
        record["stages"]["curate"]["versions"]["tain"] = "0.0.1"
        run.write_file("run.json", json.dumps(record).encode())
    explorer = open_explorer(run)
    assert explored(explorer, "pairing.threshold", 0.0) == decided(embedded)
    moved = explored(open_explorer(embedded), "pairing.threshold", 0.3)
    assert explored(explorer, "pairing.threshold", 0.3) == moved


def test_what_curation_kept_of_its_rules_is_what_they_took(embedded: RunFolder, tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    shutil.copytree(embedded.path, run.path)
    assert {"exact_duplicate", "perceptual_duplicate"} <= {rule.name for rule, _ in _stored(run)}
    taken = sum(len(one.rows) for one in read_judged(run, "curate")["perceptual_duplicate"].values())
    assert taken > 0
    write_judged(run, _which_took_nothing(run))
    assert explored(open_explorer(run), "pairing.threshold", 0.0) != decided(embedded), "it is read"


def _which_took_nothing(run: RunFolder) -> list[Remembered]:
    """Return the global rules of a run as if none had taken a row."""
    return [
        Remembered(rule, {key: one._replace(rows=Taken.nothing().rows) for key, one in known.items()})
        for rule, known in _stored(run)
    ]


def _stored(run: RunFolder) -> list[tuple[Rule, dict[str, Taken]]]:
    """Return the global rules of a run, each with what is kept of it."""
    known = read_judged(run, "curate")
    rules = [one for one in plan_of(load_recipe(CurateRecipe, EMBEDDED), Resources()).rules if one.scope == "global"]
    return [(one, known[one.name]) for one in rules if one.name in known]
