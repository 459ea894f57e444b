"""Bias explorer on a whole audit: what shares are held against, in words and as marks, and in the address."""

from __future__ import annotations

import json

from audited_runs import CENSUS_JUDGES, SOURCE, AuditedRuns
from pages_on_show import chart_rows, open_page, select, tiles, words

from toolkit.report.measured import measure_rows
from toolkit.report.wording import percent

DRAWN = "audits/drawn"
PLACE = {
    "subject": "mostly light",
    "attribute": "gender presentation",
    "annotator": "clip",
    "group": "woman",
    "slice": "judge",
}


def show(audited: AuditedRuns, **address: str):
    app = open_page("bias", audited.drawn.path.parent, DRAWN, **(PLACE | address))
    assert not app.exception
    return app


def marks(app) -> dict[str, dict[str, object]]:
    """Return what the forest plot shows, by slice."""
    return {str(one["slice"]): one for one in chart_rows(app)}


def measured(audited: AuditedRuns, measure: str, **place: str) -> float:
    wanted = PLACE | {"measure": measure, "correction": "uncorrected"} | place
    (row,) = (row for row in measure_rows(audited.drawn) if wanted.items() <= row.items())
    return row["value"]


def test_what_a_share_can_be_held_against(audited: AuditedRuns) -> None:
    assert select(show(audited), "Held against").options == [
        "an even share",
        "the training data, all sources",
        "captions of the data",
        "art (data)",
        "clips (data)",
        "art (data), read by caption words",
        "clips (data), read by caption words",
        "labour statistics",
    ]


def test_labour_statistics_are_said_and_marked(audited: AuditedRuns) -> None:
    app = show(audited, reference="labour statistics")
    said = words(app)
    share = measured(audited, "share")
    assert f"women {100 * share:.0f} % [" in said
    assert "of 12 that could be told; labour statistics: 38 %; 12 not told" in said
    assert f"The share of women lies {100 * (share - CENSUS_JUDGES):.0f} points [" in said
    assert f"labour statistics: {SOURCE}." in said
    held = {name: one["reference"] for name, one in marks(app).items()}
    assert held["judge"] == CENSUS_JUDGES
    assert held["firefighter"] == 0.062  # the table that comes with set:occupations
    assert held["all"] is None


def test_the_training_data_is_marked_concept_by_concept(audited: AuditedRuns) -> None:
    for reference, measure, subject in (
        ("training data", "ledger_kept", "mostly light"),
        ("data:art", "share", "data:art"),
    ):
        found = marks(show(audited, reference=reference))
        for concept in ("judge", "firefighter"):
            expected = measured(audited, measure, slice=concept, subject=subject)
            assert found[concept]["reference"] == expected
            assert found[concept]["floor_low"] <= expected <= found[concept]["floor_high"]


def test_choice_of_a_reference_goes_into_the_address_and_nonsense_falls_back(audited: AuditedRuns) -> None:
    app = show(audited, reference="nobody's figures")
    assert select(app, "Held against").value == "even"
    select(app, "Held against").select("labour statistics").run()
    assert app.query_params["reference"] in ("labour statistics", ["labour statistics"])
    assert "labour statistics: 38 %" in words(app)


def test_each_picture_bears_its_label_with_its_probability(audited: AuditedRuns) -> None:
    told = [row for row in audited.drawn.read("labels").to_pylist() if row["attribute"] == "gender presentation"]
    chances = {row["subject_id"]: dict(row["probabilities"]) for row in told}
    requests = audited.drawn.read("requests").to_pylist()
    judges = [
        row["request_id"]
        for row in requests
        if row["prompt"] == "judge" and json.loads(row["settings"])["model"] == "mostly light"
    ]
    values = {row["subject_id"]: row["value"] for row in told if row["subject_kind"] == "sample"}
    expected = sorted(f"woman, {percent(chances[name]['woman'])}" for name in judges if values.get(name) == "woman")
    shown = [one.lines[0] for one in tiles(show(audited, read="woman"))]
    assert sorted(shown) == expected
    assert len(expected) == 7
