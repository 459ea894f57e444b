"""Tables of the page beyond shares: what they show is what the measures say, with intervals and in plain words."""

from __future__ import annotations

from typing import Any

import pytest

from toolkit.report.sections.section import MOST
from toolkit.report.sections.sections import sections

Row = dict[str, Any]


def row(measure: str, value: float | None, low: float | None = None, high: float | None = None, **others: Any) -> Row:
    columns = {
        "subject": "m", "slice": "judge", "attribute": "gender presentation", "group": "woman", "measure": measure,
        "annotator": "clip", "correction": "uncorrected", "value": value, "low": low, "high": high, "n": 40,
        "floor": None, "q": None, "reference": None, "not_measurable": None,
    }  # fmt: skip
    return columns | others


def ledger_rows(concept: str, responsible: str | None) -> list[Row]:
    shares = {"raw": 0.4, "kept": 0.5, "captions": None, "generated": 0.9}
    rows = [row(f"ledger_{step}", value, slice=concept) for step, value in shares.items()]
    if responsible is None:
        return [*rows, row("ledger_responsible", None, slice=concept, not_measurable="no step moves it beyond chance")]
    moved = row("ledger_responsible", 0.4, 0.3, 0.5, slice=concept, q=0.0001, reference=responsible)
    return [*rows, moved]


def test_the_ledger_shows_the_concepts_that_a_step_moved_and_no_others() -> None:
    (one,) = sections(ledger_rows("judge", "generated") + ledger_rows("cook", None))
    assert one.anchor == "ledger"
    ((model, concept, shown_as, read_by, *figures),) = one.rows
    assert (model, concept, shown_as, read_by) == ("m", "judge", "woman", "clip")
    assert [words.replace("\N{NO-BREAK SPACE}", " ") for words in figures] == [
        "40 %", "50 %", "not measurable", "90 %", "the model", "+40 [30, 50]", "q < 0.001",
    ]  # fmt: skip


def test_a_reference_stands_beside_the_share_it_is_held_against() -> None:
    rows = [row("share", 0.9, 0.8, 0.95), row("difference_from_reference", 0.4, 0.3, 0.45, reference="table 1", q=0.01)]
    (one,) = sections(rows)
    words = [cell.replace("\N{NO-BREAK SPACE}", " ") for cell in one.rows[0]]
    assert words[-5:] == ["90 % [80, 95]", "50 %", "+40 [30, 45]", "q = 0.01", "table 1"]


def test_what_cannot_be_measured_is_said_and_numbers_are_no_percentages() -> None:
    rows = [
        row("vendi", 3.456, 3.1, 3.8), row("clip_score", None, not_measurable="one picture alone has no interval"),
        row("own_prompt_nearest", 0.6, 0.5, 0.7, floor=0.1),
        row("weat", 1.25, 0.9, 1.5, subject="pairing network", slice="all", group="a with b, c with d", q=0.002),
    ]  # fmt: skip
    pictures, associations = sections(rows)
    words = [cell.replace("\N{NO-BREAK SPACE}", " ") for cell in pictures.rows[0]]
    assert words[2:6] == ["3.46 [3.10, 3.80]", "", "not measurable", "60 % [50, 70] (chance 10 %)"]
    assert associations.rows == (("a with b, c with d", "1.25 [0.90, 1.50]", "q = 0.002"),)


def test_of_two_groups_that_mirror_each_other_the_one_that_gains_is_shown() -> None:
    groups = {"woman": -0.3, "man": 0.3, "elder": -0.1}
    effects = [
        row("counterfactual_effect", value, group=f"{name}: style 'a' against 'b'") for name, value in groups.items()
    ]
    (one,) = sections(effects)
    assert [words[2].split(":")[0] for words in one.rows] == ["man", "elder"]
    assert [words[5] for words in one.rows] == ["+30", "-10"]


@pytest.mark.parametrize(("concepts", "shown"), [(3, 3), (MOST + 7, MOST)])
def test_a_long_table_says_how_many_rows_it_leaves_out(concepts: int, shown: int) -> None:
    effects = [
        row("counterfactual_effect", 0.1, 0.0, 0.2, slice=f"role {place}", group="woman: style 'a' against 'b'")
        for place in range(concepts)
    ]
    (one,) = sections(effects)
    assert (len(one.rows), one.left_out) == (shown, concepts - shown)


def test_evenness_stands_beside_chance_and_what_abstentions_could_hide() -> None:
    rows = [
        row("total_variation", 0.3, 0.2, 0.4, group="all", floor=0.05, q=0.001),
        row("mean_absolute_deviation", 0.3, 0.2, 0.4, group="all"), row("jensen_shannon", 0.1, 0.05, 0.2, group="all"),
        row("normalized_entropy", 0.72, 0.6, 0.85, group="all"), row("ratio", 0.25, 0.1, 0.4, group="all"),
        row("share_worst_low", 0.6), row("share_worst_high", 0.85),
        row("share_worst_low", 0.15, group="man"), row("share_worst_high", 0.4, group="man"),
    ]  # fmt: skip
    (one,) = sections(rows)
    words = [cell.replace("\N{NO-BREAK SPACE}", " ") for cell in one.rows[0]]
    assert words[3:6] == ["judge", "30 % [20, 40] (chance 5 %)", "q = 0.001"]
    assert words[6:] == [
        "0.30 [0.20, 0.40]", "0.10 [0.05, 0.20]", "0.72 [0.60, 0.85]", "0.25 [0.10, 0.40]", "woman: 60 % to 85 %",
    ]  # fmt: skip


def test_without_such_measures_there_is_no_section() -> None:
    assert sections([row("share", 0.5)]) == ()
