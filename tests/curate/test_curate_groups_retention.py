"""Retention of groups as measures: against brute force over rows, with planted biases, from words, columns, labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from grouped_source import RECIPE, write_grouped_source
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit import schema
from toolkit.curate.groups.attributes import Attribute, Attributes
from toolkit.curate.groups.recipe import GroupRecipe
from toolkit.curate.groups.retention import Outcome, measure_retention
from toolkit.curate.stage import curate, decide
from toolkit.errors import RecipeError, RunError
from toolkit.statistics.intervals import wilson
from toolkit.store import RunFolder, create_run


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_grouped_source(tmp_path_factory.mktemp("groups") / "source")


@pytest.fixture(scope="module")
def run(source: Path, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return curate(source, tmp_path_factory.mktemp("runs") / "curated", recipe=RECIPE, shard_rows=32)


def measures(run: RunFolder, **wanted: str) -> list[dict[str, object]]:
    return [row for row in run.read("measures").to_pylist() if all(row[key] == value for key, value in wanted.items())]


def one_measure(run: RunFolder, **wanted: str) -> dict[str, object]:
    (row,) = measures(run, **wanted)
    return row


def test_a_rule_that_takes_more_of_one_group_is_flagged_with_its_figures(run: RunFolder) -> None:
    place = {"attribute": "gender", "group": "woman", "slice": "caption_words"}
    rate = one_measure(run, measure="retention", **place)
    assert (rate["n"], rate["value"]) == (40, pytest.approx(24 / 40))
    assert (rate["low"], rate["high"]) == pytest.approx(wilson(24, 40))
    assert rate["q"] is not None
    assert rate["q"] < 0.05
    ratio = one_measure(run, measure="retention_ratio", **place)
    assert ratio["value"] == pytest.approx((24 / 40) / (54 / 60))
    assert ratio["reference"] == "best kept: man"
    shares = [one_measure(run, measure=one, **place)["value"] for one in ("share_before", "share_after")]
    assert shares == pytest.approx([40 / 100, 24 / 78])
    assert one_measure(run, measure="amplification", **place)["value"] == pytest.approx((24 / 78) / (40 / 100))


def test_groups_of_a_further_column_that_no_rule_prefers_are_not_flagged(run: RunFolder) -> None:
    found = measures(run, measure="retention", attribute="meta.country", annotator="metadata", slice="all")
    assert {row["group"]: row["n"] for row in found} == {"it": 75, "ke": 75}
    assert all(row["q"] > 0.05 for row in found)  # type: ignore[operator]


def test_rules_that_took_nobody_have_no_rows_and_small_groups_say_why(run: RunFolder) -> None:
    assert {row["slice"] for row in measures(run)} == {"all", "caption_words"}
    assert {row["attribute"] for row in measures(run)} >= {"gender", "source", "meta.country"}
    alone = one_measure(run, measure="retention", attribute="source", slice="all")
    assert alone["not_measurable"] == "0 rows that name another group reached the rule; 20 are asked for"
    assert alone["p"] is None


def test_rows_that_name_nobody_stand_beside_those_that_do(run: RunFolder) -> None:
    found = {row["group"]: row for row in measures(run, measure="retention", attribute="gender", slice="all")}
    assert set(found) == {"woman", "man", "any named", "none named"}
    assert (found["any named"]["n"], found["none named"]["n"]) == (100, 50)
    assert found["any named"]["p"] == found["none named"]["p"]


def test_the_same_tables_whatever_the_workers_and_after_deciding_again(
    source: Path, run: RunFolder, tmp_path: Path
) -> None:
    other = curate(source, tmp_path / "two", recipe=RECIPE, shard_rows=32, workers=2)
    again = decide(run, tmp_path / "again", recipe=RECIPE)
    expected = run.shards("measures")[0].read_bytes()
    assert other.shards("measures")[0].read_bytes() == expected
    assert again.shards("measures")[0].read_bytes() == expected


def test_labels_of_an_audit_are_groups(run: RunFolder, tmp_path: Path) -> None:
    labelled = create_run(tmp_path / "labelled")
    pairs = run.read("pairs").to_pylist()
    rows = []
    for place, pair in enumerate(pairs):
        women = "woman" in str(pair["caption"])
        common = {"subject_kind": "pair", "subject_id": pair["sample_id"], "annotator": "clip"}
        common |= {"annotator_version": "1", "reviewer": "", "attribute": "gender presentation"}
        seen = None if place == 0 else "woman" if women else "man"
        rows.append(common | {"instance": 0, "value": seen, "abstained": seen is None})
        if place == 1:
            rows.append(common | {"instance": 1, "value": "man", "abstained": False})
    with labelled.stage("label", inputs=[run]):
        labelled.write_shard("labels", 0, schema.from_rows("labels", rows))
    recipe = RECIPE | {"groups": {"labels": str(labelled.path)}}
    found = measures(decide(run, tmp_path / "again", recipe=recipe), measure="retention", slice="all", annotator="clip")
    assert {row["group"]: row["n"] for row in found} == {"woman": 39, "man": 111, "any named": 149, "none named": 1}


def test_the_lists_of_the_recipe_are_measured_and_a_new_one_needs_its_scores(run: RunFolder, tmp_path: Path) -> None:
    fewer = RECIPE | {"groups": {"bundled": ["gender"], "columns": []}}
    found = decide(run, tmp_path / "fewer", recipe=fewer, score=True)
    assert {row["attribute"] for row in measures(found)} == {"gender"}
    file = tmp_path / "places.yaml"
    file.write_text("attribute: place\ngroups: {harbour: {words: {en: [harbour]}}}\n")
    more = RECIPE | {"groups": {"words": [str(file)]}}
    with pytest.raises(RunError, match=r"150 rows need scores .* add --score"):
        decide(run, tmp_path / "refused", recipe=more)
    found = decide(run, tmp_path / "more", recipe=more, score=True)
    assert one_measure(found, attribute="place", group="any named", slice="all", measure="retention")["n"] == 50


def test_a_run_is_not_resumed_with_other_words(source: Path, tmp_path: Path) -> None:
    file = tmp_path / "places.yaml"
    file.write_text("attribute: place\ngroups: {harbour: {words: {en: [harbour]}}}\n")
    recipe = RECIPE | {"groups": {"words": [str(file)]}}
    curate(source, tmp_path / "run", recipe=recipe)
    assert curate(source, tmp_path / "run", recipe=recipe, resume=True).path == tmp_path / "run"
    file.write_text(file.read_text().replace("[harbour]", "[harbour, port]"))
    with pytest.raises(RunError, match="lists differ"):
        curate(source, tmp_path / "run", recipe=recipe, resume=True)


@pytest.mark.parametrize(
    ("groups", "error", "said"),
    [
        ({"columns": ["licence"]}, RecipeError, "no column 'licence'; give source, license, meta.KEY"),
        ({"bundled": ["genders"]}, RecipeError, "groups.bundled"),
        ({"min_row": 5}, RecipeError, "did you mean 'min_rows'"),
        ({"labels": "no/such/run"}, RunError, "no/such/run is not a folder"),
    ],
)
def test_what_cannot_be_read_is_refused_before_anything_is_scored(
    source: Path, tmp_path: Path, groups: dict[str, object], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        curate(source, tmp_path / "out", recipe={"groups": groups})
    assert not (tmp_path / "out" / "scores").exists()


GROUPS = st.frozensets(st.sampled_from(["a", "b", "c"]), max_size=2).map(lambda one: tuple(sorted(one)))
STEPS = 3


@settings(max_examples=60)
@given(st.lists(st.tuples(GROUPS, st.integers(-1, STEPS - 1), st.frozensets(st.integers(0, STEPS - 1))), min_size=1))
def test_counts_are_those_of_every_row_looked_at(rows: list[tuple[tuple[str, ...], int, frozenset[int]]]) -> None:
    combinations = tuple(dict.fromkeys(groups for groups, _, _ in rows))
    codes = np.array([combinations.index(groups) for groups, _, _ in rows], dtype=np.int32)
    attributes = Attributes((Attribute("x", "words", codes, combinations),), np.ones(len(rows), dtype=bool), ("s",))
    deciding = np.array([step for _, step, _ in rows])
    alone = [np.flatnonzero([step in taken for _, _, taken in rows]) for step in range(STEPS)]
    names = [f"rule{step}" for step in range(STEPS)]
    table = measure_retention(attributes, Outcome(deciding, names, alone), GroupRecipe(min_rows=1))
    for row in table.to_pylist():
        inside = [one for one in rows if _is_of(one[0], row["group"])]
        step = -1 if row["slice"] == "all" else names.index(row["slice"])
        if row["measure"] == "retention":
            reached = [one for one in inside if step < 0 or one[1] < 0 or one[1] >= step]
            kept = [one for one in reached if one[1] < 0 or (step >= 0 and one[1] != step)]
        elif row["measure"] == "retention_alone":
            reached, kept = inside, [one for one in inside if step not in one[2]]
        else:
            continue
        assert row["n"] == len(reached)
        assert row["value"] == pytest.approx(len(kept) / len(reached))


def _is_of(groups: tuple[str, ...], group: str) -> bool:
    return bool(groups) == (group == "any named") if group.endswith(" named") else group in groups


def test_many_groups_are_measured_together_beyond_the_most_asked_for() -> None:
    combinations = tuple((f"g{place:03d}",) for place in range(100))
    codes = np.repeat(np.arange(100, dtype=np.int32), np.arange(100, 0, -1))
    attributes = Attributes((Attribute("x", "metadata", codes, combinations),), np.ones(len(codes), bool), ())
    deciding = np.where(np.arange(len(codes)) % 7 == 0, 0, -1)
    outcome = Outcome(deciding, ["rule"], [np.flatnonzero(deciding == 0)])
    table = measure_retention(attributes, outcome, GroupRecipe(most_groups=10))
    groups = {
        row["group"]: row["n"] for row in table.to_pylist() if row["measure"] == "retention" and row["slice"] == "all"
    }
    assert set(groups) == {*(f"g{place:03d}" for place in range(9)), "91 smaller groups"}
    assert sum(groups.values()) == len(codes)


def test_an_empty_table_is_still_a_table_of_measures() -> None:
    attributes = Attributes((), np.zeros(0, dtype=bool), ())
    table = measure_retention(attributes, Outcome(np.zeros(0, np.int64), [], []), GroupRecipe())
    assert isinstance(table, pa.Table)
    assert table.num_rows == 0
