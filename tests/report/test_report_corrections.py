"""A share that was corrected twice, by known pictures and by reviews, is shown twice and says which is which."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from run_folder import Runs

from toolkit.report.measured import corrected, forests, measure_rows
from toolkit.report.stage import write_report

WAYS = {"confusion matrix": 0.31, "prediction-powered": 0.23}
WHY = "4 pictures drawn at random were reviewed; 10 are needed"


@pytest.fixture
def twice(runs: Runs) -> Runs:
    """The run whose shares of women are corrected in both ways, and those of men, for judges, in one alone."""
    shard = runs.audit.shards("measures")[0]
    rows = pq.read_table(shard).to_pylist()
    raw = [row for row in rows if row["subject"] == "zoo:latent" and row["attribute"] == "gender presentation"]
    for row in raw:
        for correction, share in WAYS.items():
            figures = {"value": share, "low": share - 0.1, "high": share + 0.1, "q": share / 10}
            if (row["group"], row["slice"], correction) == ("man", "judge", "prediction-powered"):
                figures = dict.fromkeys(("value", "low", "high", "q")) | {"not_measurable": WHY}
            rows.append(row | {"correction": correction, "method": correction} | figures)
    pq.write_table(pa.Table.from_pylist(rows, schema=pq.read_schema(shard)), shard)
    return runs


def test_a_place_keeps_both_corrections(twice: Runs) -> None:
    (forest,) = forests(measure_rows(twice.audit))
    for name in ("firefighter", "judge", "all"):
        assert {row["correction"]: row["value"] for row in forest.corrected[name]} == WAYS
    men = [row for row in measure_rows(twice.audit) if row["group"] == "man" and row["subject"] == "zoo:latent"]
    assert [row["correction"] for row in corrected(men)["judge"]] == ["confusion matrix"]


def test_a_forest_draws_a_square_and_a_triangle_where_their_shares_are(twice: Runs) -> None:
    page = write_report(twice.audit).read_text("utf-8")
    chart = ElementTree.fromstring(next(one for one in re.findall(r"<svg.*?</svg>", page) if "woman" in one))
    squares, triangles = (
        [one for one in chart.iter(tag) if one.get("class") == "corrected"] for tag in ("rect", "polygon")
    )
    assert (len(squares), len(triangles)) == (3, 3)
    titles = [one[0].text or "" for one in (squares[0], triangles[0])]
    assert [one.replace("\N{NO-BREAK SPACE}", " ") for one in titles] == [
        "confusion matrix: 31 % [21, 41]", "prediction-powered: 23 % [13, 33]"
    ]  # fmt: skip
    assert float(squares[0].get("x", "")) > float(triangles[0].get("points", "").split(",")[0]) + 10
    assert "a hollow triangle above it the one corrected by reviews" in page.replace("\n", " ")


def test_the_model_card_has_a_row_for_each(twice: Runs) -> None:
    card = write_report(twice.audit).with_name("model-card.md").read_text("utf-8").replace("\N{NO-BREAK SPACE}", " ")
    rows = [
        line.split(" | ") for line in card.splitlines() if line.startswith("| zoo:latent | gender presentation | woman")
    ]
    assert [(row[4], row[5][:4], row[6]) for row in rows] == [
        ("uncorrected", "52 %", "q = 0.01 |"),
        ("confusion matrix", "31 %", "q = 0.031 |"),
        ("prediction-powered", "23 %", "q = 0.023 |"),
    ]


def test_what_could_not_be_corrected_is_no_missing_share(twice: Runs) -> None:
    report = write_report(twice.audit)
    (missing,) = (
        one
        for one in json.loads(report.with_name("report.json").read_text("utf-8"))["validity"]["not_measurable"]
        if one["subject"] == "zoo:latent"
    )
    assert (missing["correction"], missing["why"]) == ("prediction-powered", WHY)
    line = f"gender presentation of zoo:latent by clip (prediction-powered), 1 slice: {WHY}."
    assert line in report.with_name("summary.md").read_text("utf-8")
    assert f"clip (prediction-powered), 1 slice: {WHY}" in report.read_text("utf-8")
