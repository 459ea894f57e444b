"""The page of a mitigation: every figure of its JSON, self-contained, words from tables as text, broken files said."""

from __future__ import annotations

import copy
import json
import re
from html import unescape

import pytest
from mitigated_runs import MitigatedRuns

from toolkit.errors import RunError
from toolkit.report.already_said import said_cells, said_sentence
from toolkit.report.cost_words import cost_cells, cost_meaning
from toolkit.report.mitigation import read_mitigation, render_mitigation, write_mitigation_page
from toolkit.report.mitigation_charts import moved_plot, trade_off_plot, trade_offs
from toolkit.report.mitigation_words import headline, over_cells, skew_cells, touched_cells, verdict


@pytest.fixture(scope="module")
def found(mitigated: MitigatedRuns):
    return read_mitigation(mitigated.made.path)


def words(page):
    return " ".join(unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL)).split())


def plain(cell):
    return " ".join(cell.split())


def test_the_page_says_what_was_found_done_gained_and_lost(mitigated: MitigatedRuns, found):
    page = (mitigated.made.path / "mitigation.html").read_text("utf-8")
    said = words(page)
    assert found["finding"]["title"] in said
    for step in found["steps"]:
        assert plain(headline(step)) in said
        assert plain(verdict(step, "man")) in said
        for cells in (skew_cells(row) for row in step["skew"]):
            assert all(plain(cell) in said for cell in cells)
        for row in step["costs"]:
            assert all(plain(cell) in said for cell in cost_cells(row)[1:])
        assert all(one["sentence"] in said for one in step["others"])
        assert plain(said_sentence(step)) in said
        for cells in map(said_cells, step["already_said"]):
            assert all(plain(cell) in said for cell in cells)
    for cells in (*map(touched_cells, found["touched"]), *map(over_cells, found["over_application"])):
        assert all(plain(cell) in said for cell in cells)
    assert all(one in said for one in found["cautions"])
    assert said.index("What it did and what it cost") < said.index("Methods")


def test_the_page_needs_nothing_else_and_its_charts_have_names(mitigated: MitigatedRuns):
    page = (mitigated.made.path / "mitigation.html").read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert "<script" not in page
    assert not re.search(r"(src|href)=[\"'](?!#)", page)
    charts = re.findall(r"<svg[^>]*>", page)
    assert len(charts) == 3
    assert all('role="img"' in one and "aria-label=" in one for one in charts)
    assert "prefers-color-scheme: dark" in page


def test_attributes_that_were_aimed_at_too_have_a_table_of_their_own(found):
    several = copy.deepcopy(found)
    step = several["steps"][0]
    assert step["also"] == [], "one attribute was aimed at"
    row = step["skew"][0] | {"group": "monk-8", "before": 0.123, "before_low": 0.101, "before_high": 0.157}
    ruler = {"attribute": "skin tone", "annotator": "skin-tone", "correction": "uncorrected"}
    bias = step["bias"] | {"before": 0.987}
    step["also"] = [ruler | {"target": {"name": "tones.csv", "shares": {}}, "skew": [row], "bias": bias}]
    said = words(render_mitigation(several))
    assert "Also: skin tone, towards tones.csv shares, as skin-tone reads it (uncorrected)" in said
    assert plain(headline({"bias": bias})) in said
    assert all(plain(cell) in said for cell in skew_cells(row))
    del several["steps"][0]["also"], several["steps"][1]["also"]
    assert "Also:" not in words(render_mitigation(several)), "a file of a version that knew one attribute"


def test_words_from_rows_are_text(found):
    hostile = "<script>alert(1)</script>"
    broken = copy.deepcopy(found)
    broken["finding"]["title"] = broken["touched"][0]["prompt"] = broken["cautions"][0] = broken["before"] = hostile
    for step in broken["steps"]:
        step["skew"][0]["slice"] = step["skew"][0]["group"] = step["run"] = hostile
    broken["finding"]["group"] = hostile
    assert hostile not in render_mitigation(broken)


def test_marks_stand_where_the_shares_are(found):
    step = found["steps"][1]
    plot = moved_plot(step["skew"], "woman", "a title")
    rows = [row for row in step["skew"] if row["group"] == "woman"]
    places = [float(one) for one in re.findall(r'<circle cx="([0-9.]+)"', plot)]
    ends = [
        (row[side], place)
        for (row, side), place in zip(((r, s) for r in rows for s in ("before", "after")), places, strict=True)
    ]
    for share, place in ends:
        assert place == pytest.approx(200 + share * 360, abs=0.1)
    assert plot.count('class="reference"') == len(rows)


def test_the_curve_joins_the_start_and_all_strengths(found):
    points = trade_offs(found)
    assert [one.strength for one in points] == [0.0, 0.5, 1.0]
    assert [one.strength for one in points if one.pareto] == found["pareto"]
    plot = trade_off_plot(points, "a title")
    assert plot.count("<circle") == 3
    assert ">start</text>" in plot
    cut = copy.deepcopy(found)
    for row in cut["steps"][0]["costs"]:
        row["change"] = None
    assert trade_offs(cut) == []


@pytest.mark.parametrize(
    ("change", "low", "high", "better", "meaning"),
    [
        (-0.1, -0.2, -0.05, "higher", "worse"),
        (-0.1, -0.2, -0.05, "lower", "better"),
        (0.1, 0.05, 0.2, "higher", "better"),
        (0.1, -0.05, 0.2, "higher", "no change told"),
    ],
)
def test_better_and_worse(change, low, high, better, meaning):
    row = {"change": change, "low": low, "high": high, "better": better, "not_measurable": None}
    assert cost_meaning(row) == meaning


def test_costs_of_what_was_aimed_at_come_before_those_over_all_prompts(found):
    said = words(render_mitigation(found))
    aimed, everywhere = said.index("What it cost where it was aimed at"), said.index("What it cost over all prompts")
    other = said.index("What it cost in the other concepts")
    assert aimed < everywhere < other
    for row in found["steps"][0]["costs"]:
        part = said[aimed:everywhere] if row["slice"] in found["target"]["shares"] else said[everywhere:]
        assert plain(cost_cells(row)[4]) in part
    assert "woman astronaut" not in said[aimed:everywhere]


def test_prompts_that_already_say_it_are_told_in_a_sentence(found):
    not_looked_at, seen = map(said_sentence, found["steps"])
    assert "--over-application N paints N pictures" in not_looked_at
    assert "4 prompts that already say the attribute show what these say less often than before, beyond chance" in seen
    rows = found["steps"][1]["already_said"]
    assert [said_cells(row)[0] for row in rows] == ["woman", "man", "all together"]
    assert said_cells(rows[1])[4].endswith("of 15, 1 not told")
    alike = [row | {"unchanged": row["pictures"]} for row in rows]
    assert said_cells(alike[0])[5] == "nothing changed"
    assert "none of their requests is touched" in said_sentence({"already_said": alike})
    lost = rows[2] | {"not_measurable": "no picture after the change could be told", "change": None}
    assert "no picture after the change could be told" in said_cells(lost)[5]
    assert "no picture after the change could be told" in said_sentence({"already_said": [lost]})


def test_what_could_not_be_judged_says_why(found):
    row = found["steps"][0]["skew"][0] | {"change": None, "after": None, "not_measurable": "in the second audit: gone"}
    assert "not judged: in the second audit: gone" in skew_cells(row)
    bias = dict.fromkeys(found["steps"][0]["bias"]) | {"slices": 0}
    assert "could not be told" in headline({"bias": bias})


@pytest.mark.parametrize("content", ["{", "[]", '{"format": 2}', '{"format": 1, "steps": []}'])
def test_a_broken_file_is_refused(tmp_path, content):
    (tmp_path / "mitigation.json").write_text(content, "utf-8")
    with pytest.raises(RunError, match="tain mitigate"):
        write_mitigation_page(tmp_path)


def test_a_damaged_row_is_refused(found, tmp_path):
    broken = copy.deepcopy(found)
    del broken["steps"][0]["skew"][0]["target"]
    (tmp_path / "mitigation.json").write_text(json.dumps(broken), "utf-8")
    with pytest.raises(RunError, match="is damaged"):
        write_mitigation_page(tmp_path)
    with pytest.raises(RunError, match="cannot be read"):
        read_mitigation(tmp_path / "nowhere")
