"""Limits are those of every measure: what is missing and why, who abstains, and whom nothing corrects."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
from run_folder import Runs, read_as

from toolkit import schema
from toolkit.report.limits import limits, uncorrected
from toolkit.report.measured import RAW, measure_rows


def test_a_run_says_who_abstains_and_what_is_missing(runs: Runs) -> None:
    read_as(runs.audit, "sample", runs.audit.read("requests")["request_id"][0].as_py(), 0.5, abstained=True)
    found = limits(runs.audit)
    assert ("nsfw", "unsafe content") in [(one.annotator, one.attribute) for one in found.abstained[:2]]  # all of one
    counts = [one.abstained / one.labels for one in found.abstained]
    assert counts == sorted(counts, reverse=True)
    assert len(found.missing) == 3  # the three vendors, whose skin tone nobody could tell
    assert all(one.endswith("share: all 1 labels abstain") for one in found.missing)


def test_missing_figures_of_other_measures_are_told_too(runs: Runs) -> None:
    shard = runs.audit.shards("measures")[0]
    rows = pq.read_table(shard, partitioning=None).to_pylist()
    other = rows[0] | {"measure": "vendi", "group": "all", "value": None, "not_measurable": "5 pictures of a concept"}
    shard.unlink()
    runs.audit.write_shard("measures", 0, schema.from_rows("measures", [*rows, other]))
    assert any(one.endswith("vendi: 5 pictures of a concept") for one in limits(runs.audit).missing)


def test_what_nothing_corrects_is_said_with_how_often_the_annotator_errs(runs: Runs) -> None:
    known = {"annotator": "clip", "attribute": "gender presentation", "source": "data:art", "n": 40, "told": 30}
    (runs.audit.path / "calibration.json").write_text(json.dumps([known | {"agreement": 0.9}]))
    first, second = limits(runs.audit).uncorrected
    assert first.replace("\N{NO-BREAK SPACE}", " ") == (
        "clip reads gender presentation of zoo:latent uncorrected; it reads known pictures as they are named: 90 % "
        "of 30 pictures of art (data)."
    )
    assert second.endswith("skin tone of zoo:latent uncorrected; it was never tried on pictures of known truth.")


def test_what_is_corrected_is_not_listed(runs: Runs) -> None:
    rows = measure_rows(runs.audit)
    shares = [row for row in rows if row["attribute"] == "gender presentation" and row["correction"] == RAW]
    corrected = [row | {"correction": "confusion"} for row in shares if row["subject"] == "zoo:latent"]
    assert [one.partition(" reads ")[0] for one in uncorrected(rows + corrected, [])] == ["skin colour"]
