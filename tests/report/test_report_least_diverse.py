"""The least diverse concepts come first, beside as many pictures of any concept and the data's."""

from __future__ import annotations

from toolkit.report.least_diverse import ALIKE, VENDI, least_diverse


def row(concept: str, value: float | None, measure: str = VENDI, subject: str = "a model") -> dict[str, object]:
    return {
        "subject": subject, "slice": concept, "measure": measure, "correction": "uncorrected", "value": value,
        "low": value, "high": value,
    }  # fmt: skip


def test_the_lowest_score_comes_first_and_what_was_not_measured_before_all() -> None:
    rows = [row("all", 7.0), row("many", 5.0), row("few", 1.5), row("unmeasured", None), row("few", 0.9, ALIKE)]
    found = least_diverse(rows, "a model")
    assert [one.concept for one in found] == ["few", "many", "unmeasured", "all"]
    assert found[0].alike is not None
    assert found[0].alike["value"] == 0.9
    assert [one.chance for one in found] == [7.0, 7.0, 7.0, None]


def test_of_equal_scores_the_more_alike_come_first() -> None:
    rows = [row(one, 2.0) for one in ("a", "b")] + [row("a", 0.3, ALIKE), row("b", 0.8, ALIKE)]
    assert [one.concept for one in least_diverse(rows, "a model")] == ["b", "a"]
    assert [one.concept for one in least_diverse(rows[2:], "a model")] == ["b", "a"]


def test_the_data_stands_beside_a_model_by_source_and_not_beside_itself() -> None:
    rows = [row("judge", 2.0), row("judge", 4.0, subject="data:art"), row("judge", None, subject="data:clips")]
    (one,) = least_diverse([*rows, row("nurse", 3.0, subject="data:art")], "a model")
    assert one.data == {"art": 4.0}
    assert [other.data for other in least_diverse(rows, "data:art")] == [{}]
