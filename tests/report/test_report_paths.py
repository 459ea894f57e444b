"""From snow to picture in the report: strips of the run, as they are there."""

from __future__ import annotations

import re

import numpy as np
from kept_paths import LABELS, keep_paths
from run_folder import Runs

from toolkit.report.paths import FRAMES_SHOWN, kept_paths, paths_on_page, read_path
from toolkit.report.stage import write_report
from toolkit.strips import encode_strip, strip_path


def test_the_report_shows_strips_where_the_run_has_them(runs: Runs) -> None:
    assert 'id="paths"' not in write_report(runs.audit).read_text("utf-8")
    keep_paths(runs.audit)
    page = write_report(runs.audit).read_text("utf-8")
    section = page.split('id="paths"')[1].split("<h2")[0]
    titles = [re.sub("<[^>]*>", "", one).strip() for one in re.findall(r"<h3>(.*?)</h3>", section)]
    assert titles == ["&lt;b&gt;cat a real picture on its way to noise", "firefighter · 0 painted", "judge · 0 painted"]
    assert section.count('<img src="data:image/webp;base64,') == 2 + 3 + 3
    for label in (*LABELS, "100% noise"):
        assert f"<span>{label}</span>" in section
    assert write_report(runs.audit).read_text("utf-8") == page


def test_all_paths_are_listed_and_read(runs: Runs) -> None:
    names = keep_paths(runs.audit)
    found = kept_paths(runs.audit)
    assert [path.noised for path in found] == [True] + [False] * 4
    assert [path.file for path in found[1:]] == [strip_path(name) for name in names]
    strip = read_path(runs.audit, found[1])
    assert strip is not None
    assert strip.labels == LABELS


def test_long_paths_are_thinned_out_and_keep_their_ends(runs: Runs) -> None:
    name = keep_paths(runs.audit)[0]
    frames = [np.full((8, 8, 3), shade, np.uint8) for shade in range(50)]
    runs.audit.write_file(strip_path(name), encode_strip(frames, [f"step {place}" for place in range(50)]))
    (path,) = (one for one in paths_on_page(runs.audit) if one.caption == "firefighter · 0")
    assert len(path.frames) == FRAMES_SHOWN
    assert (path.frames[0].label, path.frames[-1].label) == ("step 0", "step 49")


def test_damaged_and_foreign_strips_are_left_out(runs: Runs) -> None:
    names = keep_paths(runs.audit)
    (runs.audit.path / strip_path(names[0])).write_bytes(b"no picture")
    picture = next((runs.audit.path / "images").glob("*.png")).read_bytes()
    (runs.audit.path / strip_path(names[2])).write_bytes(picture)
    assert [path.caption for path in paths_on_page(runs.audit)] == ["<b>cat"]
    outside = kept_paths(runs.audit)[0]._replace(file="../../outside.png")
    assert read_path(runs.audit, outside) is None
