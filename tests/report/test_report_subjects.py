"""A figure leads to its pictures: those that the audit counted, no more and no fewer."""

from __future__ import annotations

from pathlib import Path

import pytest
from run_folder import Runs, build_painted

from toolkit.audit.stage import audit
from toolkit.report.labels import labels_by_picture
from toolkit.report.measured import ALL, SHARE, forests, measure_rows, spreads
from toolkit.report.subjects import pairs_shown, samples_shown
from toolkit.report.tiles import READS_CAPTIONS
from toolkit.store import RunFolder


@pytest.fixture(scope="module")
def audited(built: Runs, tiny_clip: Path, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """The painted pictures, audited for real by a network of random weights beside the curated pairs."""
    run = build_painted(tmp_path_factory.mktemp("audited") / "audit")
    return audit(run, run.path, data=built.curated, recipe={"pairing": str(tiny_clip)})


def test_every_share_counts_the_pictures_shown_for_it(audited: RunFolder) -> None:
    rows = [row for row in measure_rows(audited) if row["measure"] == SHARE]
    pictures = [*samples_shown(audited), *pairs_shown(audited, sorted({row["slice"] for row in rows}))]
    labels = labels_by_picture(audited)
    assert {row["subject"] for row in rows} >= {"zoo:latent", "data:emoji/google", "data:emoji/twitter"}
    for row in rows:
        shown = {
            one.subject_id
            for one in pictures
            if one.subject == row["subject"]
            and row["slice"] in (one.slice, ALL)
            and (one.neutral or row["annotator"] == READS_CAPTIONS)
        }
        said = [
            label
            for name in shown
            for label in labels.get(("sample" if row["subject"] == "zoo:latent" else "pair", name), [])
            if (label.annotator, label.attribute) == (row["annotator"], row["attribute"])
        ]
        assert (row["n"], row["abstained"]) == (
            sum(not label.abstained for label in said),
            sum(label.abstained for label in said),
        ), row
        if row["value"] is not None:
            assert row["value"] * row["n"] == pytest.approx(sum(one.value == row["group"] for one in said), abs=1e-4)


def test_spread_of_skin_tones_counts_every_picture(audited: RunFolder) -> None:
    found = {one.subject: one for one in spreads(measure_rows(audited), "skin tone")}
    assert sum(found["zoo:latent"].counts.values()) == len(samples_shown(audited))
    assert min(found["zoo:latent"].counts.values()) >= 0
    assert next(iter(found)) == "zoo:latent"


def test_forest_is_of_drawn_pictures_and_not_of_a_census(audited: RunFolder) -> None:
    found = forests(measure_rows(audited))
    assert {one.subject for one in found} <= {"zoo:latent"}
    for one in found:
        assert (one.group, one.other) == ("woman", "man")
        assert one.rows[-1]["slice"] == ALL
        values = [row["value"] for row in one.rows[:-1]]
        assert values == sorted(values, reverse=True)
