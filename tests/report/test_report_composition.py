"""What pairs are made of: every pair is counted once, by what its tables say."""

from __future__ import annotations

from pathlib import Path

import pytest
from copied_source import RECIPE, write_copied_source
from hypothesis import given
from hypothesis import strategies as st
from run_folder import Runs

from toolkit import schema
from toolkit.curate.stage import curate
from toolkit.report.composition import (
    BY,
    DOMAIN,
    FORMAT,
    LANGUAGE,
    SHAPE,
    SIDE,
    SOURCE,
    UNTOLD,
    composition,
    size_names,
)
from toolkit.store import RunFolder, create_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    folder = tmp_path_factory.mktemp("composition")
    return curate(write_copied_source(folder / "source"), folder / "run", recipe=RECIPE)


def test_every_pair_is_counted_once_by_each(run: RunFolder) -> None:
    found = composition(run)
    assert found is not None
    kept = run.stages["curate"]["counts"]["kept"]
    for by in BY:
        parts = found.parts(by)
        assert sum(one.rows for one in parts) == 12
        assert sum(one.kept for one in parts) == kept
        for one in parts:
            assert found.of(by, one.value).num_rows == one.rows


def test_sizes_and_shapes_are_those_of_the_pictures(run: RunFolder) -> None:
    found = composition(run)
    assert found is not None
    assert {one.value: (one.rows, one.kept) for one in found.parts(SIDE)} == {
        "32 to 63 px": (1, 0),
        "64 to 127 px": (11, 8),
    }
    assert {one.value: one.rows for one in found.parts(SHAPE)} == {"square": 6, "across": 6}
    assert {one.value: one.rows for one in found.parts(FORMAT)} == {"PNG": 12}
    languages = {one["sample_id"]: one["caption_language"] for one in run.read("scores").to_pylist()}
    for one in found.parts(LANGUAGE):
        assert one.rows == list(languages.values()).count(None if one.value == UNTOLD else one.value)


def test_a_run_without_scores_of_them_says_untold(built: Runs) -> None:
    found = composition(built.audit)
    assert found is not None
    assert [one.value for one in found.parts(LANGUAGE)] == [UNTOLD]
    assert next((one.value, one.rows) for one in found.parts(SOURCE)) == ("openclipart", 8)


def test_without_pairs_there_is_nothing(tmp_path: Path) -> None:
    assert composition(create_run(tmp_path / "run")) is None


ADDRESS = st.sampled_from(
    [
        (None, UNTOLD),
        ("", UNTOLD),
        ("https://a.example/x.png", "a.example"),
        ("HTTP://User:pw@B.Example:8080/x?y=http://c.example", "b.example"),
        ("//d.example/x", UNTOLD),
        ("no address", UNTOLD),
        ("https://[::1]:80/x", "[::1]"),
    ]
)
ROW = st.tuples(ADDRESS, st.none() | st.integers(-1, 5000), st.none() | st.integers(0, 5000), st.sampled_from("ab"))


@given(rows=st.lists(ROW, min_size=1, max_size=20))
def test_pairs_of_any_kind_are_counted(
    rows: list[tuple[tuple[str | None, str], int | None, int | None, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    run = create_run(tmp_path_factory.mktemp("pairs") / "run")
    pairs: list[dict[str, object]] = [
        {"sample_id": f"{place:032x}", "url": url, "width": width, "height": height, "source": source}
        for place, ((url, _), width, height, source) in enumerate(rows)
    ]
    with run.stage("curate", seed=0):
        run.write_shard("pairs", 0, schema.from_rows("pairs", pairs))
    found = composition(run)
    assert found is not None
    assert found.rows["kept"].null_count == len(rows)
    domains = found.rows[DOMAIN].to_pylist()
    assert domains == [host for (_, host), *_ in rows]
    for (_, width, height, _), name in zip(rows, found.rows[SIDE].to_pylist(), strict=True):
        known = width is not None and height is not None and width > 0 and height > 0
        assert (name == UNTOLD) == (not known)
        if known and min(width, height) < 16:  # type: ignore[type-var]
            assert name == "under 16 px"
    order = [one.value for one in found.parts(SIDE)]
    assert order == sorted(order, key=lambda one: [*size_names(), UNTOLD].index(one))
    most = [one.rows for one in found.parts(SOURCE)]
    assert most == sorted(most, reverse=True)
