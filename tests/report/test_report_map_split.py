"""What a selection is made of beside the whole map, and which values are drawn in a colour of their own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from toolkit.report.map_pictures import NOT_READ
from toolkit.report.map_split import OTHER, UNKNOWN, hues, split, split_cells
from toolkit.report.measured import NOT_TOLD

VALUES = st.lists(st.sampled_from([*"abcdefghijkl", NOT_TOLD, NOT_READ]), min_size=1, max_size=80)


@given(VALUES, st.data())
def test_parts_sum_to_the_map_and_to_the_selection(values: list[str], data: st.DataObject) -> None:
    taken = data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values)))
    parts = split(values, taken)
    assert sum(one.whole for one in parts) == len(values)
    assert sum(one.selected for one in parts) == sum(taken)
    for one in parts:
        assert one.whole == values.count(one.value) >= one.selected
    known = [one for one in parts if one.value not in UNKNOWN]
    assert parts[: len(known)] == known
    assert [one.whole for one in known] == sorted((one.whole for one in known), reverse=True)


@given(VALUES)
def test_six_values_at_most_have_a_colour_and_a_shape_of_their_own(values: list[str]) -> None:
    found = hues(values)
    assert set(found) == set(values)
    own = [hue for value, hue in found.items() if value not in UNKNOWN and hue.name != OTHER]
    assert len(own) == min(6, len(set(values) - set(UNKNOWN)))
    assert len({hue.colour for hue in own}) == len({hue.shape for hue in own}) == len(own)
    assert len({(hue.colour, hue.shape) for hue in found.values() if hue.name not in UNKNOWN}) == len(
        {hue.name for hue in found.values() if hue.name not in UNKNOWN}
    )
    fewest = min((values.count(value) for value, hue in found.items() if hue in own), default=0)
    assert all(values.count(value) <= fewest for value, hue in found.items() if hue.name == OTHER)


def test_shares_come_with_their_interval() -> None:
    cells = split_cells(split(["woman"] * 30 + ["man"] * 60 + [NOT_TOLD] * 10, [True] * 40 + [False] * 60))
    low, high = proportion_confint(10, 40, method="wilson")
    words = [tuple(one.replace("\N{NO-BREAK SPACE}", " ") for one in row) for row in cells]
    assert words == [
        ("man", "10", f"25 % [{100 * low:.0f}, {100 * high:.0f}]", "60", "60 %"),
        ("woman", "30", "75 % [60, 86]", "30", "30 %"),
        (NOT_TOLD, "0", "0 % [0, 9]", "10", "10 %"),
    ]


@pytest.mark.parametrize("value", ["monk-3"])
def test_nothing_selected_has_no_share(value: str) -> None:
    assert split_cells(split([value], [False])) == [("Monk 3", "0", "", "1", "100\N{NO-BREAK SPACE}%")]
    assert hues([value])[value].name == "Monk 3"
