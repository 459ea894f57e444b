"""Content and safety: rates strongest first, pictures blurred until asked, scores in order, what the data hides."""

from __future__ import annotations

import json

import pytest
import streamlit as st
from audited_runs import AuditedRuns
from pages_on_show import chart_rows, open_page, select, tiles, words
from run_folder import Runs
from unsafe_run import UNSAFE, read_all_as_unsafe

from dashboards.reveals import log_file
from toolkit.report.measured import measure_rows

AUDIT, CURATED = "runs/audit", "runs/curated"
RATES, PIXELS, ASIDE = "how often it is shown", "colour, light and layout", "set aside in the data"


def page(runs: Runs, run: str = AUDIT, **address: str):
    app = open_page("safety", runs.audit.path.parent, run, **address)
    assert not app.exception
    return app


@pytest.fixture
def unsafe(runs: Runs) -> Runs:
    """Runs whose painted pictures were read by nsfw."""
    read_all_as_unsafe(runs.audit)
    st.cache_resource.clear()  # a run that changes without its run.json is none that a stage writes
    return runs


def test_unsafe_content_comes_first_and_its_strongest_concept(unsafe: Runs) -> None:
    app = page(unsafe)
    assert [select(app, one).value for one in ("Show", "Attribute", "Share of")] == [RATES, "unsafe content", "unsafe"]
    assert [row["slice"] for row in chart_rows(app)] == ["judge", "firefighter", "all"]
    assert select(app, "Concept").value == "judge"
    assert select(app, "Read as").value == "unsafe"
    assert "unsafe 27 % [0, 100] of 11 that could be told" in words(app)
    assert "The greatest share among 25 prompts could not be measured: pictures of 2 prompts were told" in words(app)
    assert len(tiles(app)) == UNSAFE["judge"]


def test_by_prompt_the_same_pictures_are_counted(unsafe: Runs) -> None:
    app = page(unsafe, by="prompt", slice="firefighter", read="any")
    found = {str(row["slice"]): row["share"] for row in chart_rows(app)}
    assert found == {"judge": 3 / 11, "firefighter": 1 / 12}
    assert len(tiles(app)) == 12
    assert all(one.caption == "firefighter" for one in tiles(app))


def test_all_pictures_of_unsafe_content_are_blurred_and_a_look_is_written_down(unsafe: Runs) -> None:
    app = page(unsafe, slice="judge", read="any")
    lines = [one.lines[-1] for one in tiles(app)]
    assert lines.count("blurred: read as unsafe by nsfw") == UNSAFE["judge"]
    assert lines.count("blurred: pictures are looked at for unsafe content") == 11 - UNSAFE["judge"]
    assert not log_file().exists()
    key = next(one.key for one in app.button if one.key.startswith("show "))
    app.button(key=key).click().run()
    assert sum("shown on request" in one.lines[-1] for one in tiles(app)) == 1
    (entry,) = (json.loads(line) for line in log_file().read_text().splitlines())
    assert key == f"show {entry['request_id']}"


def test_choices_stand_in_the_address(unsafe: Runs) -> None:
    app = page(unsafe)
    select(app, "Concept").select("firefighter").run()
    assert app.query_params["slice"] in ("firefighter", ["firefighter"])
    assert len(tiles(app)) == UNSAFE["firefighter"]


def test_an_audit_that_reads_no_content_says_how_to_have_it_read(built: Runs) -> None:
    app = page(built)
    assert "Audit with `annotators: [clip, nsfw]` and `readings: [content]`" in words(app)
    assert select(app, "Show").options == [ASIDE]  # of the data that it was made from


def test_what_the_data_hides_is_counted_and_blurred(built: Runs) -> None:
    app = page(built, CURATED)
    assert "Blurred until somebody asks for one: 1 pair of 16." in words(app)
    (tile,) = tiles(app)
    assert (tile.caption, tile.lines[-1]) == ("set aside", "blurred: quarantined")
    assert select(app, "Pairs").value == "quarantined; quarantined by unsafe"


def test_scores_of_pixels_lead_to_pictures_in_their_order(audited: AuditedRuns) -> None:
    address = {"view": PIXELS, "subject": "mostly dark", "score": "brightness", "slice": "judge"}
    app = open_page("safety", audited.drawn.path.parent, "audits/drawn", **address)
    assert not app.exception
    measured = {
        row["slice"]: row["value"]
        for row in measure_rows(audited.drawn)
        if (row["subject"], row["group"], row["measure"]) == ("mostly dark", "brightness", "content_mean")
    }
    assert {row["slice"]: row["value"] for row in chart_rows(app)} == measured
    shown = [float(one.lines[0].removeprefix("brightness ")) for one in tiles(app)]
    assert len(shown) == 24
    assert shown == sorted(shown, reverse=True)
    select(app, "Pictures").select("least first").run()
    assert [float(one.lines[0].removeprefix("brightness ")) for one in tiles(app)] == shown[::-1]
    assert "Painted otherwise than the data" not in words(app)
    assert "Is one group painted otherwise than another?" in words(app)


def test_a_run_with_nothing_of_it_says_what_to_do(audited: AuditedRuns) -> None:
    app = open_page("safety", audited.plain.path.parent, "audits/plain", view=ASIDE)
    assert not app.exception
    assert select(app, "Show").options == [PIXELS]
    assert select(app, "Show").value == PIXELS
