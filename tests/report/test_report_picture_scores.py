"""Scores of pixels: means beside the data's, those farthest from it first, and pictures in the order of their score."""

from __future__ import annotations

import pytest

from toolkit import schema
from toolkit.report.picture_scores import by_score, content_table, mean_scores
from toolkit.report.subjects import Picture
from toolkit.store import create_run


def mean(subject: str, concept: str, value: float | None, n: int = 10, **other: object) -> dict[str, object]:
    row = {"subject": subject, "slice": concept, "group": "brightness", "measure": "content_mean", "n": n, "q": None}
    return row | {"value": value, "not_measurable": None} | other


def apart(concept: str, value: float | None, q: float | None) -> dict[str, object]:
    return mean("a model", concept, value, measure="content_difference_from_data", q=q)


def test_the_mean_of_the_data_is_of_all_its_pictures_together() -> None:
    rows = [mean("a model", "judge", 0.4), mean("data:a", "judge", 0.1, n=30), mean("data:b", "judge", 0.5, n=10)]
    (one,) = mean_scores(rows, "a model", "brightness")
    assert one.data == pytest.approx(0.2)
    (other,) = mean_scores(rows, "data:a", "brightness")
    assert other.data is None
    assert other.from_data is None


def test_what_is_surely_farthest_from_the_data_comes_first_and_all_last() -> None:
    names = ("all", "near", "far, unsure", "far", "unknown", "not scored")
    rows = [mean("a model", one, None if one == "not scored" else 0.5) for one in names]
    rows += [
        apart("near", 0.1, 0.01),
        apart("far, unsure", 0.4, 0.8),
        apart("far", -0.3, 0.01),
        apart("unknown", None, None),
    ]
    found = mean_scores([*rows, mean("a model", "far", 0.9, group="contrast")], "a model", "brightness")
    assert [one.mean["slice"] for one in found] == ["far", "near", "far, unsure", "unknown", "all"]
    assert found[0].mean["group"] == "brightness"


def test_pictures_come_in_the_order_of_a_score_that_was_kept(tmp_path) -> None:  # type: ignore[no-untyped-def]
    run = create_run(tmp_path / "run")
    assert content_table(run) is None
    none = dict.fromkeys(("colourfulness", "contrast", "saturation", "sharpness", "centredness", "plain_ground"), 0.5)
    values = {"dark": 0.1, "light": 0.9, "middle": 0.5, "unscored": None}
    rows = [
        {"subject_kind": "sample", "subject_id": name, "brightness": value} | none for name, value in values.items()
    ]
    with run.stage("audit"):
        run.write_shard("content", 0, schema.from_rows("content", rows))
    table = content_table(run)
    assert table is not None
    pictures = [Picture("sample", name, "m", concept, "") for name in (*values, "other") for concept in ("a", "b")]
    found = by_score(table, [*pictures, Picture("pair", "dark", "data:a", "a", "")], "brightness")
    assert [(one.picture.subject_id, one.value) for one in found] == [("light", 0.9), ("middle", 0.5), ("dark", 0.1)]
    with pytest.raises(KeyError, match="no score is called beauty; there are colourfulness"):
        by_score(table, pictures, "beauty")
