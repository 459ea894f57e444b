"""The banner: how many pictures, who could not tell, who is calibrated on how many, what is missing, what to beware."""

from __future__ import annotations

import json
from collections import Counter

import pyarrow.parquet as pq
from run_folder import Runs

from toolkit import schema
from toolkit.report.banner import (
    abstentions_in_words,
    banner,
    beware,
    calibrated_in_words,
    reasons_in_words,
    ruler_cells,
)
from toolkit.report.measured import measure_rows
from toolkit.store import RunFolder


def plain(words: str) -> str:
    return words.replace("\N{NO-BREAK SPACE}", " ")


def add_measures(run: RunFolder, *rows: dict[str, object]) -> None:
    shard = run.shards("measures")[0]
    known = pq.read_table(shard, partitioning=None).to_pylist()
    shard.unlink()
    run.write_shard("measures", 0, schema.from_rows("measures", [*known, *rows]))


def test_pictures_and_abstentions_are_those_of_the_tables(built: Runs) -> None:
    found = banner(built.audit)
    assert found.pictures == sum(one["error"] is None for one in built.audit.read("samples").to_pylist()) == 23
    labels = built.audit.read("labels").to_pylist()
    for kind, name in (("sample", "painted pictures"), ("pair", "pictures of the data")):
        own = [one["abstained"] for one in labels if one["subject_kind"] == kind]
        assert f"{100 * sum(own) / len(own):.0f} % of {len(own)} labels on {name}" in plain(
            abstentions_in_words(found.trust.annotated)
        )


def test_who_is_calibrated_is_said_by_annotator_and_attribute_with_n(runs: Runs) -> None:
    known = {"annotator": "clip", "attribute": "gender presentation", "n": 40}
    tried = [known | {"source": "data:a", "told": 30, "agreement": 0.9}]
    tried += [known | {"source": "data:b", "told": 10, "agreement": 0.5}, known | {"source": "c", "agreement": None}]
    (runs.audit.path / "calibration.json").write_text(json.dumps(tried))
    before = banner(runs.audit)
    assert calibrated_in_words(before.rulers) == "0 of 2 readings"
    shares = [row for row in measure_rows(runs.audit) if (row["subject"], row["slice"]) == ("zoo:latent", "judge")]
    add_measures(runs.audit, *(row | {"correction": "confusion matrix"} for row in shares))
    found = banner(runs.audit)
    assert calibrated_in_words(found.rulers) == "1 of 2 readings"
    cells = {one.read[:3]: ruler_cells(one) for one in found.rulers}
    painted = tuple(map(plain, cells["sample", "gender presentation", "clip"]))
    assert painted[-2:] == ("confusion matrix", "reads 80 % of 40 as named")  # (27 + 5) of 40
    assert cells["pair", "gender presentation", "clip"][-2] == "no"
    assert cells["sample", "skin tone", "skin-colour"][-2:] == ("no", "never tried")


def test_what_is_missing_is_counted_by_reason_over_all_measures(runs: Runs) -> None:
    (row, *_) = measure_rows(runs.audit)
    add_measures(runs.audit, row | {"measure": "vendi", "value": None, "not_measurable": "5 pictures"})
    found = banner(runs.audit)
    rows = runs.audit.read("measures").to_pylist()
    expected = Counter(row["not_measurable"] for row in rows if row["not_measurable"])
    assert dict(found.reasons) == expected
    assert found.unmeasured == sum(expected.values())
    assert [number for _, number in found.reasons] == sorted(expected.values(), reverse=True)
    words = reasons_in_words(found)
    assert words[0] == f"{found.reasons[0][1]} figures: all 1 labels abstain"
    assert any(one.endswith("vendi: 5 pictures") for one in words)


def test_a_small_model_and_wide_intervals_are_said(built: Runs) -> None:
    first, second, third = banner(built.audit).cautions
    assert first.startswith("zoo:latent is a small bundled model")
    assert "--calibration" in second
    assert "with intervals wider than 30 points: paint more of" in third
    rows = measure_rows(built.audit)
    assert beware([row | {"subject": "a folder", "low": row["value"], "high": row["value"]} for row in rows]) == [
        second
    ]


def test_a_run_of_data_alone_has_no_figures(built: Runs) -> None:
    found = banner(built.curated)
    assert (found.pictures, found.rulers, found.unmeasured, found.cautions) == (0, (), 0, ())
