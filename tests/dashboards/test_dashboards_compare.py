"""Compare: differences as `tain compare` computes them, the same seed side by side, and why some runs cannot be."""

from __future__ import annotations

import json
import re
import shutil
from html import unescape
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from audited_runs import AuditedRuns
from mitigated_runs import MODEL, MitigatedRuns
from pages_on_show import chart_layers, html, open_page_of_runs, pictures, words
from run_folder import Runs, read_as
from streamlit.testing.v1 import AppTest

from toolkit.audit.comparing.compare import compare, with_costs, write_comparison
from toolkit.report.compared import difference_in_words
from toolkit.report.cost_words import cost_cells
from toolkit.store import RunFolder

PLAIN, GUIDED, DRAWN = "audits/plain", "audits/guided", "audits/drawn"
ANOTHER_MODEL = "this run, another of its models"
PLACE = {"attribute": "gender presentation", "annotator": "clip", "group": "woman", "slice": "judge"}


def show(root: Path, run: str = PLAIN, against: str | None = GUIDED, **address: str) -> AppTest:
    asked = PLACE | address | ({"against": against} if against else {})
    app = open_page_of_runs("compare", root, run, **asked)
    assert not app.exception
    return app


def twins(app: AppTest) -> list[tuple[str, ...]]:
    """Return what stands under both pictures of each pair: caption, line here, caption, line there."""
    pairs = re.findall(r'<div class="twin">(.*?)</figure></div>', html(app), flags=re.DOTALL)
    return [tuple(unescape(one) for one in re.findall(r"<(?:b|span)>(.*?)</(?:b|span)>", pair)) for pair in pairs]


def seeds(app: AppTest) -> list[tuple[str, ...]]:
    """Return the pairs that are of one prompt and seed here and there."""
    return [one for one in twins(app) if one[1].startswith("here: ")]


def differences(app: AppTest) -> dict[str, dict[str, object]]:
    some = next(one for one in chart_layers(app) if one and "paired" in one[0])
    return {str(one["slice"]): one for one in some}


def read(run: RunFolder, attribute: str) -> dict[tuple[str, int], str | None]:
    """Return what clip read of each painted picture by its prompt and seed, straight from the tables."""
    values = {
        row["subject_id"]: row["value"] for row in run.read("labels").to_pylist() if row["attribute"] == attribute
    }
    return {(row["prompt"], row["seed"]): values[row["request_id"]] for row in run.read("requests").to_pylist()}


def test_differences_are_those_of_tain_compare(audited: AuditedRuns) -> None:
    app = show(audited.plain.path.parent)
    found = compare(audited.plain, audited.guided)
    rows = [
        one
        for one in found.rows
        if (one.attribute, one.annotator, one.group) == ("gender presentation", "clip", "woman")
    ]
    drawn = differences(app)
    assert set(drawn) == {"firefighter", "judge", "all"} == {one.slice for one in rows}
    for one in rows:
        assert (drawn[one.slice]["value"], drawn[one.slice]["low"], drawn[one.slice]["high"]) == (
            one.value,
            one.low,
            one.high,
        )
        assert drawn[one.slice]["paired"] == pytest.approx((one.gained - one.lost) / one.pairs)
        assert difference_in_words(one.as_row()) in words(app)
    assert drawn["judge"]["ring"] is not None
    assert drawn["all"]["ring"] is None


@pytest.mark.parametrize("became", ["any", "shown there alone", "shown here alone"])
def test_the_same_prompt_and_seed_stand_side_by_side(audited: AuditedRuns, became: str) -> None:
    here, there = (read(run, "gender presentation") for run in (audited.plain, audited.guided))
    both = [(name, here[name], there[name]) for name in here if "judge" in name[0]]
    wanted = {
        "any": lambda _before, _after: True,
        "shown there alone": lambda before, after: before != "woman" == after,
        "shown here alone": lambda before, after: before == "woman" != after,
    }[became]
    expected = sorted((name[0], before, after) for name, before, after in both if wanted(before, after))
    app = show(audited.plain.path.parent, became=became)
    shown = sorted(
        (one[0], one[1].removeprefix("here: ").partition(",")[0], one[3].removeprefix("there: ").partition(",")[0])
        for one in seeds(app)
    )
    assert shown == expected
    assert all(one[0] == one[2] for one in seeds(app))
    if became == "any":
        assert len(shown) == 8
        assert len(pictures(app)) == 24


def test_two_models_of_one_audit(audited: AuditedRuns) -> None:
    app = show(audited.drawn.path.parent, DRAWN, ANOTHER_MODEL, subject="mostly light", other="mostly dark")
    found = compare(audited.drawn, subject_a="mostly light", subject_b="mostly dark")
    (row,) = (one for one in found.rows if PLACE.items() <= one.as_row().items() and one.correction == "uncorrected")
    assert differences(app)["judge"]["value"] == row.value
    asked = {row["seed"] for row in audited.drawn.read("requests").to_pylist()}
    assert len(seeds(app)) == len(asked) == 24


def test_what_a_style_changes_is_said_of_both(audited: AuditedRuns) -> None:
    app = show(audited.plain.path.parent)
    said = words(app)
    for run in (audited.plain, audited.guided):
        group = "woman: style 'pencil' against 'plain'"
        (row,) = (
            one
            for one in run.read("measures").to_pylist()
            if one["measure"] == "counterfactual_effect" and one["group"] == group and one["slice"] == "judge"
        )
        value = round(100 * row["value"])
        assert f"{value:+d} [" in said if value else "0 [" in said
        assert f"points of {row['n']} pairs" in said
    assert "style 'pencil' against 'plain'" in said
    assert "Give the probe file an attribute" in words(show(audited.drawn.path.parent, DRAWN, ANOTHER_MODEL))


def test_runs_that_cannot_be_compared_say_why(audited: AuditedRuns, tmp_path: Path) -> None:
    shutil.copytree(audited.plain.path.parent, tmp_path / "audits")
    shard = RunFolder(tmp_path / "audits" / "guided").shards("measures")[0]
    rows = pq.read_table(shard)
    other = pc.if_else(pc.equal(rows["attribute"], ""), "", "another attribute")
    pq.write_table(rows.set_column(rows.schema.get_field_index("attribute"), "attribute", other), shard)
    said = words(show(tmp_path / "audits"))
    assert f"{PLAIN} and {GUIDED} cannot be compared: the audits have no share in common" in said
    entry = json.loads((tmp_path / "audits" / "guided" / "run.json").read_text("utf-8"))
    entry["stages"]["audit"]["finished"] = False
    (tmp_path / "audits" / "guided" / "run.json").write_text(json.dumps(entry), "utf-8")
    assert "holds no finished audit" in words(show(tmp_path / "audits"))


def costs(app: AppTest) -> list[str]:
    """Return the rows of the table of costs, each as its words."""
    tables = [one for one in html(app).split("<table") if "Of here" in one]
    return [words_of(row) for one in tables for row in one.split("<tr>")[2:]]


def words_of(row: str) -> str:
    return " ".join(unescape(re.sub("<[^>]*>", " ", row.partition("</tr>")[0])).split())


def test_costs_are_those_that_tain_compare_wrote_beside_the_audits(audited: AuditedRuns, tmp_path: Path) -> None:
    root = tmp_path / "audits"
    shutil.copytree(audited.plain.path.parent, root)
    assert costs(show(root)) == []
    assert "`tain compare audits/plain audits/guided --out runs/compared` does" in words(show(root))
    found = with_costs(compare(root / "plain", root / "guided"))
    folder = write_comparison(found, root / "drift")
    rows = [row._asdict() for _, row in found.costs if row.slice in ("judge", "all")]
    told = sorted(rows, key=lambda row: row["slice"] == "all")
    assert costs(show(root)) == [" ".join(" ".join(cost_cells(row)).split()) for row in told]
    assert any(row["change"] is not None for row in told)
    assert any("higher is better" in one for one in costs(show(root)))
    assert costs(show(root, "audits/guided", PLAIN)) == [], "the other way round is another comparison"
    (folder / "compare.json").write_text('{"a": 1', "utf-8")
    assert costs(show(root)) == []


def test_costs_of_a_mitigation_are_shown_where_its_audits_are_compared(
    mitigated: MitigatedRuns, tmp_path: Path
) -> None:
    root = tmp_path / "mitigations"
    shutil.copytree(mitigated.made.path.parent, root)  # moved: its run.json names the start, which is not among these
    file = root / "mitigated" / "mitigation.json"
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | {"before": str(root / "before")}), "utf-8")
    address = {"slice": "pilot", "subject": MODEL, "other": MODEL}
    app = show(root, "mitigations/before", "mitigations/mitigated/strength-1", **address)
    step = json.loads(file.read_text("utf-8"))["steps"][1]
    told = [row for name in ("pilot", "all") for row in step["costs"] if row["slice"] == name]
    assert costs(app) == [" ".join(" ".join(cost_cells(row)).split()) for row in told]


def test_a_lone_audit_says_what_to_do(runs: Runs) -> None:
    root = runs.audit.path.parent
    assert "start `tain dashboard` over a folder that holds several" in words(show(root, "runs/audit", None))
    assert "holds no audit; choose a run that `tain audit` wrote" in words(show(root, "runs/curated", None))


@pytest.mark.parametrize("against", ["../../etc", "audits/nothing", "<script>"])
def test_the_address_compares_with_no_run_but_those_given(audited: AuditedRuns, against: str) -> None:
    app = show(audited.plain.path.parent, against=against)
    (chosen,) = (one for one in app.selectbox if one.label == "Against")
    assert chosen.value in chosen.options
    assert against not in chosen.options


def test_a_blurred_picture_stays_blurred(audited: AuditedRuns, tmp_path: Path) -> None:
    shutil.copytree(audited.plain.path.parent, tmp_path / "audits")
    run = RunFolder(tmp_path / "audits" / "guided")
    name = next(row["request_id"] for row in run.read("requests").to_pylist() if row["prompt"] == "judge")
    read_as(run, "sample", name, 0.97)
    blurred = [one for one in seeds(show(tmp_path / "audits")) if "blurred: read as unsafe by nsfw" in " ".join(one)]
    assert len(blurred) == 1


@pytest.mark.parametrize("side", ["here", "there"])
def test_pictures_without_and_with_the_word_stand_side_by_side(audited: AuditedRuns, side: str) -> None:
    run = audited.plain if side == "here" else audited.guided
    app = show(audited.plain.path.parent, side=side, word="style 'pencil' against 'plain'")
    shown = [one for one in twins(app) if one[1].startswith("without: ")]
    values = read(run, "gender presentation")
    noises = {seed for prompt, seed in values if "judge" in prompt}
    expected = sorted((values["judge", seed], values["pencil drawing of a judge", seed]) for seed in noises)
    assert sorted(tuple(one[place].split(": ")[1].partition(",")[0] for place in (1, 3)) for one in shown) == expected
    assert {(one[0], one[2]) for one in shown} == {("judge", "pencil drawing of a judge")}
    (row,) = (
        one
        for one in run.read("measures").to_pylist()
        if (one["slice"], one["group"]) == ("judge", "woman: style 'pencil' against 'plain'")
    )
    change = sum((after == "woman") - (before == "woman") for before, after in expected)
    assert change / len(expected) == pytest.approx(row["value"])
