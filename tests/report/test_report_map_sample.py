"""The pictures of a map where there are too many: as many of each stratum as its size says, whatever their order."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.report.map_sample import allotted, stratified

SIZES = st.dictionaries(st.text("abcde", min_size=1, max_size=3), st.integers(1, 300), min_size=1, max_size=12)


def pictures(sizes: dict[str, int]) -> tuple[list[str], list[str]]:
    """Return the stratum and the id of each picture."""
    strata = [name for name, size in sizes.items() for _ in range(size)]
    return strata, [f"{name} {place}" for place, name in enumerate(strata)]


@given(SIZES, st.integers(0, 500), st.integers(0, 30))
def test_every_stratum_has_its_part_and_a_few_at_least(sizes: dict[str, int], most: int, least: int) -> None:
    parts = allotted(sizes, most, least=least)
    assert set(parts) == set(sizes)
    assert sum(parts.values()) == min(most, sum(sizes.values()))
    room = min(least, most // len(sizes))
    assert all(min(size, room) <= parts[name] <= size for name, size in sizes.items())


@given(SIZES, st.integers(0, 500))
def test_without_a_least_number_parts_are_proportionate(sizes: dict[str, int], most: int) -> None:
    total = sum(sizes.values())
    share = min(most, total) / total
    parts = allotted(sizes, most, least=0)
    assert all(abs(parts[name] - size * share) < 1 for name, size in sizes.items())


@given(SIZES, st.integers(0, 500), st.integers(0, 30))
def test_a_larger_stratum_never_has_fewer(sizes: dict[str, int], most: int, least: int) -> None:
    parts = allotted(sizes, most, least=least)
    order = sorted(sizes, key=sizes.__getitem__)
    for smaller, larger in pairwise(order):
        assert parts[smaller] <= parts[larger] + (sizes[smaller] == sizes[larger])


@given(SIZES, st.integers(0, 200), st.randoms(use_true_random=False))
def test_the_same_pictures_are_drawn_in_any_order(sizes: dict[str, int], most: int, random) -> None:
    strata, ids = pictures(sizes)
    drawn = {ids[place] for place in stratified(strata, ids, most)}
    rows = list(zip(strata, ids, strict=True))
    random.shuffle(rows)
    strata, ids = [one for one, _ in rows], [one for _, one in rows]
    places = stratified(strata, ids, most).tolist()
    assert {ids[place] for place in places} == drawn
    assert places == sorted(set(places))
    counted = {name: sum(strata[place] == name for place in places) for name in sizes}
    assert counted == allotted(sizes, most)


def test_a_map_of_more_pictures_holds_those_of_a_map_of_fewer() -> None:
    strata, ids = pictures({"kept": 900, "dropped": 100})
    fewer, more = (set(stratified(strata, ids, most).tolist()) for most in (100, 200))
    assert fewer < more


def test_all_are_taken_where_there_is_room() -> None:
    strata, ids = pictures({"a": 3, "b": 4})
    assert stratified(strata, ids, 7).tolist() == list(range(7))
    assert stratified([], [], 7).tolist() == []
    with pytest.raises(ValueError, match="2 strata of 1 pictures"):
        stratified(["a", "b"], ["x"], 1)
