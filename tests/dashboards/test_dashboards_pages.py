"""Each page shows what the tables hold, and its address restores the view."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pages_on_show import html, open_app, open_page, pictures, select, text, tiles
from run_folder import MARKDOWN, REPLICATES, SCRIPT, Runs

from dashboards.charts import forest
from dashboards.choices import _whole_number
from toolkit.report.labels import labels_by_picture
from toolkit.report.measured import corrected

AUDIT, CURATED = "runs/audit", "runs/curated"


def root(runs: Runs):
    return runs.audit.path.parent


# -- overview ---------------------------------------------------------------------------------------------------------
def test_overview_shows_findings_and_how_far_to_trust_them(built: Runs) -> None:
    app = open_app(root(built))
    assert not app.exception
    words = text(app).replace("\N{NO-BREAK SPACE}", " ")
    assert "24 pictures asked for, 1 failed." in words
    assert "uncorrected: no calibration pictures of the generator's own domain" in words
    assert "zoo:latent paints 'firefighter' as a man" in words
    assert "82 % [52, 95] of 11" in words
    assert "q = 0.01" in words
    assert AUDIT in words
    assert CURATED in words


def test_each_finding_links_to_its_pictures(built: Runs) -> None:
    links = [one.proto for one in open_app(root(built)).get("page_link")]
    assert [one.page for one in links] == ["bias", "bias"]
    assert "slice=firefighter" in links[0].query_string
    assert "group=man" in links[0].query_string
    assert "slice=judge" in links[1].query_string


def test_address_names_the_run(built: Runs) -> None:
    assert select(open_app(root(built)), "Run").value == AUDIT  # the one with measures
    assert select(open_app(root(built), run=CURATED), "Run").value == CURATED


@pytest.mark.parametrize("asked", ["../../etc", "/etc", "runs/nothing", "<b>"])
def test_address_opens_no_run_but_those_given(built: Runs, asked: str) -> None:
    app = open_app(root(built), run=asked)
    assert not app.exception
    assert select(app, "Run").value == AUDIT
    assert select(app, "Run").options == [AUDIT, CURATED]


def test_no_run_is_said_plainly(tmp_path) -> None:
    app = open_app(tmp_path)
    assert not app.exception
    assert "No run folder was found" in text(app)


# -- bias explorer ----------------------------------------------------------------------------------------------------
def test_concept_shows_its_pictures_with_label_and_probability(built: Runs) -> None:
    app = open_page(
        "bias", root(built), AUDIT, subject="zoo:latent", attribute="gender presentation", slice="firefighter"
    )
    assert not app.exception
    assert "82 % [52, 95] of 11" in text(app).replace("\N{NO-BREAK SPACE}", " ")
    assert len(pictures(app)) == REPLICATES
    labels = labels_by_picture(built.audit)
    requests = built.audit.read("requests").to_pylist()
    asked = [one["request_id"] for one in requests if one["prompt"] == "firefighter"]
    expected = sorted(
        label.words() for name in asked for label in labels["sample", name] if label.attribute == "gender presentation"
    )
    assert sorted(one.lines[-1] for one in tiles(app)) == expected


@pytest.mark.parametrize(("read", "shown"), [("woman", 2), ("man", 9), ("not told", 1), ("any", 12)])
def test_pictures_of_one_reading(built: Runs, read: str, shown: int) -> None:
    app = open_page("bias", root(built), AUDIT, attribute="gender presentation", slice="firefighter", read=read)
    assert len(pictures(app)) == shown
    assert f"{shown} picture" in text(app)


def test_choice_of_another_concept_changes_pictures_and_address(built: Runs) -> None:
    app = open_page("bias", root(built), AUDIT, attribute="gender presentation", slice="firefighter")
    select(app, "Concept").select("judge").run()
    assert app.query_params["slice"] in ("judge", ["judge"])
    assert {one.caption for one in tiles(app)} == {"judge"}
    assert len(tiles(app)) == REPLICATES - 1  # one was never painted, so nobody labelled it


def test_address_that_names_nothing_falls_back(built: Runs) -> None:
    app = open_page("bias", root(built), AUDIT, subject="nobody", slice="<script>", read="x", page="-3")
    assert not app.exception
    assert select(app, "Subject").value == "zoo:latent"


def test_census_is_described_without_an_interval(built: Runs) -> None:
    app = open_page("bias", root(built), AUDIT, subject="data:emoji/google", attribute="gender presentation")
    assert not app.exception
    assert "a census, so without an interval" in text(app)
    assert "[" not in text(app)
    assert len(pictures(app)) == 1


def test_what_could_not_be_measured_says_why(built: Runs) -> None:
    app = open_page("bias", root(built), AUDIT, subject="data:emoji/google", attribute="skin tone")
    assert "Not measured: all 1 labels abstain." in text(app)
    assert len(pictures(app)) == 1


def test_run_without_measures_says_what_to_do(built: Runs) -> None:
    assert "holds no measures; choose a run that `tain audit` wrote" in text(open_page("bias", root(built), CURATED))


def test_both_corrections_of_a_share_are_marked_and_said(runs: Runs) -> None:
    shard = runs.audit.shards("measures")[0]
    rows = pq.read_table(shard).to_pylist()
    place = {"subject": "zoo:latent", "attribute": "gender presentation", "slice": "judge", "group": "woman"}
    (raw,) = (row for row in rows if place.items() <= row.items())
    for correction, share in (("confusion matrix", 0.31), ("prediction-powered", 0.23)):
        rows.append(raw | {"correction": correction, "value": share, "low": 0.1, "high": 0.5, "q": 0.2})
    pq.write_table(pa.Table.from_pylist(rows, schema=pq.read_schema(shard)), shard)
    app = open_page("bias", root(runs), AUDIT, **place)
    assert not app.exception
    words = text(app).replace("\N{NO-BREAK SPACE}", " ")
    assert "(confusion matrix): 31 % [10, 50] of all pictures; q = 0.2." in words
    assert "(prediction-powered): 23 % [10, 50] of those in which people could tell; q = 0.2." in words
    marks = forest(
        [raw], group="woman", captions={}, corrected=corrected(rows), held={}, against="an even share"
    ).to_dict()
    fields = [layer["encoding"]["x"]["field"] for layer in marks["layer"] if layer["mark"]["type"] == "point"]
    (one,) = marks["data"]["values"]
    shares = [one[field] for field in fields if one[field] is not None]
    assert sorted(shares) == [0.23, 0.31, raw["value"]]


# -- curation ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("part", "captions"),
    [
        ("dropped: caption length", {"x", "y"}),
        ("dropped: duplicates exact", {"same cup again"}),
        ("quarantined: unsafe", {"set aside"}),
        ("dropped: caption language", {MARKDOWN}),
    ],
)
def test_funnel_part_shows_its_rows_with_reason_and_scores(built: Runs, part: str, captions: set[str]) -> None:
    app = open_page("curation", root(built), CURATED, part=part)
    assert not app.exception
    shown = tiles(app)
    assert {one.caption for one in shown} == captions
    for one in shown:
        assert "decided about this row" in one.lines[0]
        assert f"characters: {len(one.caption)}" in one.lines
    assert "16 rows came in = 10 kept + 4 dropped + 1 failed + 1 quarantined." in text(app)


def test_failed_row_has_a_place_without_a_picture(built: Runs) -> None:
    app = open_page("curation", root(built), CURATED, part="failed: decoding")
    assert len(pictures(app)) == 0
    assert "truncated: 40 bytes" in text(app)
    assert "no picture" in text(app)


def test_audit_shows_the_curation_it_was_made_from(built: Runs) -> None:
    app = open_page("curation", root(built), AUDIT)
    assert len(tiles(app)) == 10


def test_erased_twins_stand_side_by_side(built: Runs) -> None:
    app = open_page("curation", root(built), CURATED, part="a perceptual hash alone would take for one")
    captions = [one.caption for one in tiles(app)]
    assert captions == ["woman firefighter: dark skin tone", "woman firefighter: light skin tone", SCRIPT, MARKDOWN]


# -- gallery ----------------------------------------------------------------------------------------------------------
def test_gallery_filters_painted_pictures(built: Runs) -> None:
    assert len(tiles(open_page("gallery", root(built), AUDIT))) == 2 * REPLICATES
    assert len(tiles(open_page("gallery", root(built), AUDIT, concept="judge"))) == REPLICATES
    assert len(tiles(open_page("gallery", root(built), AUDIT, concept="judge", read="woman"))) == 9


@pytest.mark.parametrize(
    ("address", "rows"),
    [
        ({}, 16),
        ({"source": "emoji/google"}, 4),
        ({"status": "failed"}, 1),
        ({"words": "CUP"}, 2),
        ({"words": "<script>"}, 1),
        ({"source": "openclipart", "status": "dropped"}, 4),
        ({"words": "(["}, 0),
    ],
)
def test_gallery_filters_the_dataset(built: Runs, address: dict[str, str], rows: int) -> None:
    app = open_page("gallery", root(built), CURATED, **address)
    assert not app.exception
    assert len(tiles(app)) == rows
    assert f"of {16}" in text(app)


def test_gallery_turns_pages_and_keeps_within_them(built: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = tiles(open_page("gallery", root(built), CURATED))
    monkeypatch.setattr("dashboards.pages.gallery.PICTURES_A_PAGE", 5)
    seen = [tiles(open_page("gallery", root(built), CURATED, page=str(page))) for page in (1, 2, 3, 4)]
    assert [len(one) for one in seen] == [5, 5, 5, 1]
    assert sorted(tile for page in seen for tile in page) == sorted(everything)  # blurred ones are last on each page
    assert tiles(open_page("gallery", root(built), CURATED, page="99")) == seen[-1]


@pytest.mark.parametrize(("given", "page"), [("7", 7), ("", 1), ("-1", 1), ("٣", 1), ("9" * 20, 1), (None, 1)])
def test_page_numbers_from_an_address(given: str | None, page: int) -> None:
    assert _whole_number(given) == page


# -- hostile and damaged ----------------------------------------------------------------------------------------------
def test_captions_are_text_on_every_page(built: Runs) -> None:
    for page, address in [("gallery", {}), ("curation", {"part": "a perceptual hash alone would take for one"})]:
        shown = html(open_page(page, root(built), CURATED, **address))
        assert "<script" not in shown
        assert "onerror=&quot;" in shown
        assert MARKDOWN.replace("<b>b</b>", "&lt;b&gt;b&lt;/b&gt;") in shown


def test_damaged_table_is_said_and_other_runs_stay_usable(runs: Runs) -> None:
    runs.audit.shards("measures")[0].write_bytes(b"PAR1 half a file")
    app = open_app(root(runs))
    assert not app.exception
    assert "measures/part-00000.parquet cannot be read" in text(app)
    select(app, "Run").select(CURATED).run()
    assert "holds no audit" in text(app)


def test_damaged_run_json_is_said_and_other_runs_stay_usable(runs: Runs) -> None:
    (runs.audit.path / "run.json").write_text('{"format": 1, "stages"')
    app = open_app(root(runs), run=AUDIT)
    assert not app.exception
    assert "is damaged" in text(app)
    assert "holds no audit" in text(open_app(root(runs), run=CURATED))


def test_run_without_its_pictures_still_opens(runs: Runs) -> None:
    for picture in (runs.audit.path / "images").iterdir():
        picture.unlink()
    app = open_page("bias", root(runs), AUDIT, attribute="gender presentation", slice="firefighter")
    assert not app.exception
    assert len(pictures(app)) == 0
    assert len(tiles(app)) == REPLICATES
