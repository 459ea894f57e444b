"""Two attributes together as a table of cells."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from toolkit.report.crossed import crossed, crossings, together_in_words

PLACE = {
    "subject": "m",
    "slice": "judge",
    "attribute": "gender presentation & skin tone",
    "annotator": "clip & skin-tone",
    "correction": "uncorrected",
}


def rows_of(counts: dict[tuple[str, str], int]):
    n = sum(counts.values())
    shares = [
        PLACE | {"measure": "intersection_share", "group": " & ".join(cell), "value": round(count / n, 6), "n": n}
        for cell, count in counts.items()
    ]
    return [*shares, PLACE | {"measure": "intersection_excess", "group": "woman & monk-2", "value": 0.1, "n": n}]


@given(st.lists(st.integers(0, 400), min_size=4, max_size=4).filter(any))
def test_counts_come_back_from_shares_in_natural_order(counts):
    cells = dict(zip([(g, t) for g in ("woman", "man") for t in ("monk-10", "monk-2")], counts, strict=True))
    table = crossed(rows_of(cells))
    assert {(one.first, one.second): one.pictures for one in table.cells} == cells
    assert (table.firsts, table.seconds) == (("man", "woman"), ("monk-2", "monk-10"))
    assert all(one.small == (one.pictures < 10) for one in table.cells)
    assert [one.excess["value"] for one in table.cells if one.excess] == [0.1]


def test_other_measures_and_corrected_ones_are_left_out_and_data_comes_last():
    rows = [
        PLACE | {"measure": "share"},
        PLACE | {"measure": "intersection_share", "correction": "confusion matrix"},
        PLACE | {"measure": "intersection_share", "subject": "data:a"},
        PLACE | {"measure": "intersection_dependence", "slice": "all"},
        PLACE | {"measure": "intersection_share"},
    ]
    assert [(row["subject"], row["slice"]) for row in crossings(rows)] == [
        ("m", "judge"),
        ("m", "all"),
        ("data:a", "judge"),
    ]


def test_how_strongly_they_go_together_in_words():
    figures = {"value": 0.42, "low": 0.3, "high": 0.5, "n": 1200, "floor": 0.05, "q": 0.0001, "method": "x"}
    assert together_in_words(figures) == (
        "Cramér's V 0.42 [0.30, 0.50] of 1,200 pictures in which both could be told; by chance 0.05; q < 0.001."
    )
    census = figures | {"low": None, "high": None, "floor": None, "q": None, "method": "census; small: 3 pictures"}
    assert together_in_words(census).endswith("both could be told; a census, so without an interval.")
    assert together_in_words({"value": None, "not_measurable": "clip erred"}) == "Not measured: clip erred."
