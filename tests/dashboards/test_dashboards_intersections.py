"""Intersections: what stands in each cell, and that its pictures are those of the tables."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from audited_runs import AuditedRuns
from pages_on_show import chart_rows, open_page, text, tiles
from run_folder import Runs

DRAWN = "audits/drawn"
PLACE = {"subject": "mostly light", "slice": "all"}
NAMES = ("gender presentation", "skin tone")


def show(audited: AuditedRuns, run: str = DRAWN, **address: str):
    app = open_page("intersections", audited.drawn.path.parent, run, **(PLACE | address))
    assert not app.exception
    return app


def read_pictures(audited: AuditedRuns, model: str) -> dict[str, tuple[str | None, str | None]]:
    """Return what was read of both attributes in each painted picture of `model`, straight from the tables."""
    mine = {
        row["request_id"]
        for row in audited.drawn.read("requests").to_pylist()
        if json.loads(row["settings"])["model"] == model
    }
    values = {
        (row["subject_id"], row["attribute"]): row["value"]
        for row in audited.drawn.read("labels").to_pylist()
        if row["subject_id"] in mine
    }
    return {name: (values[name, NAMES[0]], values[name, NAMES[1]]) for name in mine}


def test_cells_count_what_the_tables_hold_and_small_ones_are_grey_with_their_n(audited: AuditedRuns) -> None:
    told = Counter(values for values in read_pictures(audited, "mostly light").values() if None not in values)
    drawn = {(one["first"], one["second"]): one for one in chart_rows(show(audited))}
    assert len(drawn) == 4
    for cell, one in drawn.items():
        assert one["text"].endswith(f"n = {told[cell]}")
        assert one["small"] == (told[cell] < 10)
    assert {one["small"] for one in drawn.values()} == {True, False}


def test_the_table_says_what_the_map_shows(audited: AuditedRuns) -> None:
    app = show(audited)
    words = " ".join(text(app).split())
    total = sum(int(one["text"].partition("n = ")[2]) for one in chart_rows(app))
    for one in chart_rows(app):
        count = int(one["text"].partition("n = ")[2])
        assert f"{one['name']} {count} of {total}" + (", few" if count < 10 else "") in words
    assert "Cramér's V 0." in words


@pytest.mark.parametrize("cell", [("woman", "monk-4"), ("man", "monk-8"), ("woman", "any"), ("any", "monk-8")])
def test_a_cell_shows_its_pictures(audited: AuditedRuns, cell: tuple[str, str]) -> None:
    app = show(audited, first=cell[0], second=cell[1])
    expected = [
        values
        for values in read_pictures(audited, "mostly light").values()
        if None not in values and all(wanted in ("any", value) for wanted, value in zip(cell, values, strict=True))
    ]
    shown = tiles(app)
    assert len(shown) == len(expected) > 0
    for one in shown:
        assert cell[0] == "any" or one.lines[0].startswith(f"{cell[0]}, ")
    assert {(one["first"], one["second"]) for one in chart_rows(app) if one["selected"]} == {cell} - {
        one for one in [cell] if "any" in one
    }


def test_colour_by_chance_is_in_the_address(audited: AuditedRuns) -> None:
    by_share, beyond = chart_rows(show(audited)), chart_rows(show(audited, colour="points beyond chance"))
    assert all("%" in one["text"] for one in by_share)
    assert all("points" in one["text"] for one in beyond)
    assert sum(one["colour"] for one in beyond) == pytest.approx(0, abs=1e-5)


def test_a_concept_that_shows_one_value_alone_says_why(audited: AuditedRuns) -> None:
    app = show(audited, run="audits/plain", subject="zoo:latent", slice="firefighter")
    assert "Not measured: " in text(app)
    assert len(tiles(app)) == 8


def test_a_run_without_such_measures_says_what_to_do(runs: Runs) -> None:
    app = open_page("intersections", runs.audit.path.parent, "runs/audit")
    assert not app.exception
    assert "Audit with `intersections:" in text(app)
