"""The table of memorisation alone: each share beside chance, with how sure it is, and why others are missing."""

from __future__ import annotations

from toolkit.report.sections.pictures import HELD_OUT, NEIGHBOURS, SIMILARITY, memory

PLACE = {"subject": "a model", "attribute": "pictures", "annotator": "pairing network", "group": "all"}


def row(measure: str, value: float | None, concept: str = "judge", **other: object) -> dict[str, object]:
    figures = {"value": value, "low": None, "high": None, "floor": None, "q": None, "not_measurable": None}
    return PLACE | {"slice": concept, "correction": "uncorrected", "measure": measure} | figures | other


def cells(part) -> list[list[str]]:  # type: ignore[no-untyped-def]
    return [[cell.replace("\N{NO-BREAK SPACE}", " ") for cell in one] for one in part.rows]


def test_a_share_stands_beside_chance_with_how_sure_it_is() -> None:
    near = row(NEIGHBOURS, 0.3, low=0.2, high=0.4, floor=0.01, q=0.0001)
    part = memory([row(SIMILARITY, 0.91), near, row("vendi", 3.0)])
    assert part is not None
    assert cells(part) == [["a model", "judge", "0.91", "30 % [20, 40] (chance 1 %)", "q < 0.001"]]
    assert len(part.head) == len(part.rows[0])


def test_what_training_did_not_see_is_a_column_where_it_is_known() -> None:
    rows = [row(SIMILARITY, 0.9), row(NEIGHBOURS, 0.0), row(HELD_OUT, 0.5, floor=0.02, q=0.02)]
    part = memory(rows)
    assert part is not None
    assert cells(part)[0][-2:] == ["50 % (chance 2 %)", "q = 0.02"]
    assert len(part.head) == len(part.rows[0])


def test_what_could_not_be_measured_says_why_and_nothing_has_no_table() -> None:
    part = memory([row(SIMILARITY, None, "all", not_measurable="audited without data")])
    assert part is not None
    assert part.rows == ()
    assert part.missing == ("a model, all concepts: nearest training similarity: audited without data",)
    assert memory([row("vendi", 3.0)]) is None
