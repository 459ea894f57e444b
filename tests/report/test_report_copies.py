"""Copies by cluster: what the decisions of a real run say, and what is counted of any decisions."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from copied_source import LARGER, RECIPE, SAME, SMALLER, write_copied_source
from hypothesis import given
from hypothesis import strategies as st
from run_folder import Runs

from toolkit import schema
from toolkit.curate.stage import curate
from toolkit.report.copies import EXACT, KINDS, PERCEPTUAL, SEMANTIC, copies, kinds_of
from toolkit.store import RunFolder, create_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    folder = tmp_path_factory.mktemp("copies")
    return curate(write_copied_source(folder / "source"), folder / "run", recipe=RECIPE)


def test_clusters_are_those_of_the_decisions_largest_first(run: RunFolder) -> None:
    found = copies(run)
    assert found is not None
    captions = {one["sample_id"]: one["caption"] for one in run.read("pairs").to_pylist()}
    kept = {one["sample_id"] for one in run.read("decisions").to_pylist() if one["keep"]}
    clusters = found.clusters.to_pylist()
    assert [(one["kind"], one["copies"]) for one in clusters] == [(EXACT, 3), (PERCEPTUAL, 1)]
    assert {one["stays"] for one in clusters} <= kept
    assert captions[clusters[1]["stays"]] == LARGER, "the largest stays"
    exact, near = (found.members([one["kind"]], [one["stays"]]).to_pylist() for one in clusters)
    assert {captions[row["sample_id"]] for row in exact} | {captions[clusters[0]["stays"]]} == set(SAME)
    assert [captions[row["sample_id"]] for row in near] == [SMALLER]
    assert "which stays as the largest" in near[0]["text"]


def test_kinds_are_summed(run: RunFolder) -> None:
    found = copies(run)
    assert found is not None
    assert [tuple(one) for one in kinds_of(found)] == [(EXACT, 1, 3, 3), (PERCEPTUAL, 1, 1, 1)]
    assert found.of(PERCEPTUAL).num_rows == 1
    assert found.of(SEMANTIC).num_rows == 0
    assert found.of(None).num_rows == 2


def test_other_reasons_are_no_copies(built: Runs) -> None:
    found = copies(built.audit)
    assert found is not None, "the run that it was made from has decisions"
    assert found.clusters.num_rows == 0
    assert kinds_of(found) == []


def test_without_decisions_there_are_none(tmp_path: Path) -> None:
    assert copies(create_run(tmp_path / "run")) is None


RULE = st.sampled_from([*KINDS, "caption_words"])
DECISIONS = st.lists(
    st.tuples(st.booleans(), st.lists(st.tuples(RULE, st.sampled_from("abc")), max_size=2)), max_size=30
)


@given(rows=DECISIONS, shards=st.integers(1, 3))
def test_counts_are_those_of_first_reasons(
    rows: list[tuple[bool, list[tuple[str, str]]]], shards: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    run = create_run(tmp_path_factory.mktemp("decided") / "run")
    decisions = [
        {
            "sample_id": f"{place:032x}",
            "status": "kept" if keep else "dropped",
            "keep": keep,
            "reasons": [{"rule": rule, "value": value, "limit": "", "text": f"{rule} {value}"} for rule, value in said],
        }
        for place, (keep, said) in enumerate(rows)
    ]
    with run.stage("curate", seed=0):
        for shard in range(shards):
            run.write_shard("decisions", shard, schema.from_rows("decisions", decisions[shard::shards]))
    found = copies(run)
    assert found is not None
    expected = Counter(said[0] for keep, said in rows if not keep and said and said[0][0] in KINDS)
    clusters = found.clusters.to_pylist()
    assert {(one["kind"], one["stays"]): one["copies"] for one in clusters} == expected
    assert [one["copies"] for one in clusters] == sorted(expected.values(), reverse=True)
    for one in clusters:
        assert found.members([one["kind"]], [one["stays"]]).num_rows == one["copies"]
    assert sum(one.copies for one in kinds_of(found)) == found.rows.num_rows == expected.total()
