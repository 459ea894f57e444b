"""Rows of a comparison in words, and the effects of single words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.report.compared import HEADER, difference_cells, paired, paired_in_words
from toolkit.report.measured import Place
from toolkit.report.style_effects import effects
from toolkit.statistics.paired import paired_difference

ROW = {
    "slice": "judge", "share_a": 0.4, "share_b": 0.55, "n_a": 100, "n_b": 90, "value": 0.15, "low": 0.01, "high": 0.28,
    "confidence": 0.95, "q": 0.03, "pairs": 80, "gained": 15, "lost": 3, "paired_q": 0.0004, "not_measurable": None,
}  # fmt: skip


def test_a_difference_says_both_shares_and_what_became_of_pairs():
    cells = [one.replace("\N{NO-BREAK SPACE}", " ") for one in difference_cells(ROW)]
    expected = paired_difference(15, 3, 80)
    ends = f"[{100 * expected.low:.0f}, {100 * expected.high:.0f}]"
    own = ["judge", "40 % of 100", "55 % of 90", "+15 [1, 28]", "q = 0.03"]
    assert cells == [*own, "80", "15 / 3", f"+15 {ends}", "paired q < 0.001"]
    assert len(HEADER) == len(cells)


def test_what_could_not_be_compared_says_why_and_a_census_has_no_interval():
    cells = difference_cells(ROW | {"not_measurable": "in the first audit: all abstained"})
    assert cells[3] == "not compared: in the first audit: all abstained"
    assert len(cells) == len(HEADER)
    none = dict.fromkeys(("low", "high", "q", "pairs", "gained", "lost", "paired_q", "confidence"))
    census = difference_cells(ROW | none)
    assert census[3:] == ("+15", "", "", "", "", "")


@given(st.integers(1, 500), st.data())
def test_the_paired_difference_lies_within_its_interval(pairs, data):
    gained = data.draw(st.integers(0, pairs))
    lost = data.draw(st.integers(0, pairs - gained))
    row = ROW | {"pairs": pairs, "gained": gained, "lost": lost}
    one = paired(row)
    assert one.value == pytest.approx((gained - lost) / pairs)
    assert one.low <= one.value <= one.high
    assert paired_in_words(row)
    assert paired_in_words(ROW | {"pairs": 0}) == paired_in_words(ROW | {"pairs": None}) == ""


def test_effects_are_those_of_one_group_and_concept_the_strongest_first():
    place = Place("m", "gender presentation", "clip", "woman")

    def row(group, value, **other):
        fixed = {"subject": "m", "attribute": place.attribute, "annotator": "clip", "slice": "judge"}
        fixed |= {"measure": "counterfactual_effect", "correction": "uncorrected"}
        return fixed | {"group": group, "value": value} | other

    rows = [
        row("woman: style 'a' against 'b'", 0.1),
        row("woman: style 'c' against 'b'", None),
        row("woman: style 'd' against 'b'", -0.6),
        row("man: style 'd' against 'b'", 0.6),
        row("woman: style 'd' against 'b'", -0.9, slice="cook"),
        row("woman: style 'd' against 'b'", -0.9, correction="confusion matrix"),
        row("woman", 0.5, measure="share"),
        row("all", None),
    ]
    assert [(one.words, one.row["value"]) for one in effects(rows, place, "judge")] == [
        ("style 'd' against 'b'", -0.6),
        ("style 'a' against 'b'", 0.1),
        ("style 'c' against 'b'", None),
    ]
