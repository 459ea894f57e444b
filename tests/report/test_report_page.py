"""The written report: one file that needs nothing else, says what the tables say, and reads rows as data."""

from __future__ import annotations

import base64
import io
import json
from html.parser import HTMLParser

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image
from run_folder import MARKDOWN, SCRIPT, Runs

from toolkit.errors import RunError
from toolkit.report.published import publish
from toolkit.report.stage import write_report
from toolkit.store import create_run


class Page(HTMLParser):
    """What a browser would load and show of a page: tags with attributes, and the text outside style and script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def attributes(self, name: str) -> list[str]:
        return [attributes[name] or "" for _, attributes in self.tags if name in attributes]


def read(path) -> Page:
    return Page(path.read_text("utf-8"))


def test_page_needs_no_other_file_and_no_script(runs: Runs) -> None:
    page = read(write_report(runs.audit))
    names = {tag for tag, _ in page.tags}
    assert names.isdisjoint({"script", "link", "iframe", "object", "embed", "base"})
    sources = page.attributes("src")
    assert sources
    assert all(source.startswith("data:image/webp;base64,") for source in sources)
    assert all(not name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert page.attributes("href") == []
    assert "url(" not in write_report(runs.audit).read_text("utf-8")


def test_every_thumbnail_is_a_small_picture_with_its_caption(runs: Runs) -> None:
    page = read(write_report(runs.audit))
    pictures = [attributes for tag, attributes in page.tags if tag == "img"]
    for attributes in pictures:
        data = base64.b64decode(str(attributes["src"]).partition(",")[2])
        with Image.open(io.BytesIO(data)) as image:
            assert image.format == "WEBP"
            assert max(image.size) <= 64
    captions = {attributes["alt"] for attributes in pictures}
    assert {"firefighter", "judge", "woman firefighter: dark skin tone"} <= captions


def test_captions_are_text_whatever_they_hold(runs: Runs) -> None:
    page = read(write_report(runs.audit))
    assert [attributes for tag, attributes in page.tags if tag == "img" and "onerror" in attributes] == []
    assert SCRIPT in page.attributes("alt")
    assert MARKDOWN in page.attributes("alt")


def test_titles_of_findings_are_text(runs: Runs) -> None:
    page = read(write_report(runs.audit, findings=[{"title": SCRIPT, "value": 0.5}]))
    assert SCRIPT in page.text
    assert "script" not in {tag for tag, _ in page.tags}


def test_shares_are_written_with_interval_and_count(runs: Runs) -> None:
    text = read(write_report(runs.audit)).text.replace("\N{NO-BREAK SPACE}", " ")
    assert "82 % [52, 95] of 11" in text  # 9 men of 11 firefighters, Wilson
    assert "90 % [60, 98] of 10" in text  # 9 women of 10 judges
    assert "uncorrected: no calibration pictures of the generator's own domain" in text
    assert "24 pictures were asked for, 1 failed" in text


def test_funnel_adds_up_to_the_rows_in(runs: Runs) -> None:
    page = write_report(runs.audit)
    funnel = json.loads(page.with_name("report.json").read_text("utf-8"))["funnel"]
    assert funnel["rows_in"] == runs.curated.read("pairs").num_rows
    assert funnel["kept"] + funnel["dropped"] + funnel["failed"] + funnel["quarantined"] == funnel["rows_in"]
    assert sum(step["rows"] for step in funnel["steps"]) == funnel["rows_in"] - funnel["kept"]
    assert funnel["steps"][-1]["remaining"] == funnel["kept"]
    assert "16 rows came in = 10 kept + 4 dropped + 1 failed + 1 quarantined" in " ".join(read(page).text.split())


def test_json_holds_every_measure_and_names_what_made_it(runs: Runs) -> None:
    found = json.loads(write_report(runs.audit).with_name("report.json").read_text("utf-8"))
    assert len(found["measures"]) + len(found["census"]) == runs.audit.read("measures").num_rows
    assert [run["name"] for run in found["manifest"]] == ["audit", "curated"]
    stages = found["manifest"][0]["stages"]
    assert stages["generate"]["seed"] == 7
    assert stages["audit"]["inputs"][0]["hash"] == runs.curated.content_hash()
    assert found["erased_by_perceptual_hash"]["rows_lost"] == 3


def test_census_shows_what_each_vendor_drew(runs: Runs) -> None:
    page = read(write_report(runs.audit))
    for vendor in ("emoji/fluent", "emoji/google", "emoji/twitter"):
        assert vendor in page.text
    assert all(row["low"] is None for row in json.loads(_json(runs))["census"])


def _json(runs: Runs) -> str:
    return write_report(runs.audit).with_name("report.json").read_text("utf-8")


def test_same_tables_give_the_same_bytes(runs: Runs) -> None:
    first = write_report(runs.audit)
    before = first.read_bytes(), first.with_name("report.json").read_bytes()
    again = write_report(str(runs.audit.path))
    assert (again.read_bytes(), again.with_name("report.json").read_bytes()) == before


def test_curated_run_alone_has_a_report(runs: Runs) -> None:
    page = read(write_report(runs.curated))
    assert "What curation kept" in page.text
    assert "Strongest findings" not in page.text


def test_lost_picture_leaves_a_gap_and_not_an_error(runs: Runs) -> None:
    for picture in (runs.audit.path / "images").glob("*.png"):
        picture.unlink()
    page = read(write_report(runs.audit))
    assert page.text.count("not shown") == 23


def test_picture_path_that_leads_out_of_the_run_is_not_read(runs: Runs) -> None:
    outside = runs.audit.path.parent / "outside.png"
    shard = runs.audit.shards("samples")[0]
    rows = pq.read_table(shard)
    (runs.audit.path / rows["image_path"][0].as_py()).rename(outside)
    paths = ["../outside.png", *rows["image_path"].to_pylist()[1:]]
    pq.write_table(rows.set_column(1, rows.schema.field("image_path"), pa.array(paths, pa.string())), shard)
    assert read(write_report(runs.audit)).text.count("not shown") == 1


def test_figure_that_is_not_a_number_is_null(runs: Runs) -> None:
    shard = runs.audit.shards("measures")[0]
    rows = pq.read_table(shard).to_pylist()
    rows[0]["floor"] = float("nan")
    pq.write_table(pa.Table.from_pylist(rows, schema=pq.read_schema(shard)), shard)
    assert all(row["floor"] is None or row["floor"] >= 0 for row in json.loads(_json(runs))["measures"])


def test_damaged_findings_are_named(runs: Runs) -> None:
    (runs.audit.path / "findings.json").write_text('{"title": 1}')
    with pytest.raises(RunError, match=r"findings.json cannot be read .* run `tain audit` again"):
        write_report(runs.audit)


def test_damaged_table_is_named(runs: Runs) -> None:
    runs.audit.shards("measures")[0].write_bytes(b"PAR1 not quite")
    with pytest.raises(RunError, match=r"measures/part-00000.parquet cannot be read"):
        write_report(runs.audit)


def test_folder_without_tables_is_refused(tmp_path) -> None:
    with pytest.raises(RunError, match="holds no table"):
        write_report(create_run(tmp_path / "empty"))


def test_published_copy_is_the_report_itself(runs: Runs, tmp_path) -> None:
    page = publish(runs.audit, tmp_path / "reports")
    assert page.name == "demo.html"
    assert page.read_bytes() == (runs.audit.path / "report" / "report.html").read_bytes()
    assert json.loads(page.with_suffix(".json").read_text("utf-8"))["run"] == "audit"
    assert page.stat().st_size < 1_500_000


def test_pictures_stop_where_the_page_would_grow_too_large(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    full = write_report(runs.audit).stat().st_size
    monkeypatch.setattr("toolkit.report.tiles.THUMBNAIL_BYTES", 10_000)
    page = write_report(runs.audit)
    assert page.stat().st_size < full - 10_000
    assert sum(len(source) for source in read(page).attributes("src")) <= 10_000
    assert "not shown" in read(page).text


def test_figure_of_a_finding_that_is_no_number_is_named(runs: Runs) -> None:
    (runs.audit.path / "findings.json").write_text('[{"title": "t", "value": "<b>"}]')
    with pytest.raises(RunError, match="its value '<b>' is not a number"):
        write_report(runs.audit)
