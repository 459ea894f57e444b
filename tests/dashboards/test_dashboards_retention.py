"""The page of who is left out: figures, the flagged first, pictures of a group that a rule took."""

from __future__ import annotations

from pathlib import Path

import pytest
from grouped_source import RECIPE, SHORT, curate_grouped
from pages_on_show import open_app, open_page, tiles, words
from run_folder import Runs

from toolkit.report.stage import write_report

RUN = "grouped/curated"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return curate_grouped(tmp_path_factory.mktemp("retention"), RECIPE)


def options(app, label: str) -> list[str]:
    return next(one for one in app.selectbox if one.label == label).options


def test_the_page_opens_on_what_is_flagged_and_says_it_in_words(root: Path) -> None:
    app = open_page("retention", root, RUN)
    assert not app.exception
    assert (
        "gender, all rules: woman: 24 of 40 rows kept (60 % [45, 74]); best kept: man 90 %; caption words took most "
        "others; its share went from 40 % to 31 %" in words(app)
    )
    assert options(app, "Attribute")[0] == "gender (words)"
    assert options(app, "Rule") == ["all rules", "caption words"]
    assert options(app, "Group")[0] == "woman"


def test_a_group_that_is_kept_like_the_others_is_not_said_to_be_left_out(root: Path) -> None:
    app = open_page("retention", root, RUN, attribute="meta.country (metadata)")
    assert not app.exception
    assert "it (left out)" not in words(app)
    assert "ke (left out)" not in words(app)
    assert "it: 64 of 75 rows kept" in words(app)


@pytest.mark.parametrize(("group", "rows"), [("woman", 16), ("man", 6), ("none named", 0), ("any named", 22)])
def test_pictures_are_those_of_the_group_that_the_rule_took(root: Path, group: str, rows: int) -> None:
    app = open_page("retention", root, RUN, attribute="gender (words)", rule="caption_words", group=group)
    assert not app.exception
    shown = tiles(app)
    assert len(shown) == rows
    assert "Kept were it the only rule" in words(app)
    assert all(one.caption in SHORT for one in shown)
    assert all("at least 3 are asked for" in one.lines[0] for one in shown)


def test_an_address_that_names_nothing_falls_back(root: Path) -> None:
    app = open_page("retention", root, RUN, attribute="<b>", rule="nothing", group="nobody")
    assert not app.exception
    assert "woman: 24 of 40 rows kept" in words(app)


def test_a_run_without_measures_of_retention_says_what_to_do(built: Runs) -> None:
    app = open_page("retention", built.audit.path.parent, "runs/audit")
    assert "holds no measures of retention" in words(app)


def test_a_curated_run_with_measures_is_no_audit(root: Path) -> None:
    app = open_app(root)
    assert not app.exception
    assert "holds no audit" in words(app)
    assert "holds no measures; choose a run that `tain audit` wrote" in words(open_page("bias", root, RUN))


def test_the_report_of_a_curated_run_says_whom_it_leaves_out(root: Path) -> None:
    page = write_report(root / "curated").read_text("utf-8").replace("\N{NO-BREAK SPACE}", " ")
    assert "Whom it leaves out" in page
    assert "gender, all rules: woman: 24 of 40 rows kept (60 % [45, 74]); best kept: man 90 %" in page
    assert "<strong>woman</strong>" in page
    assert "What could not be measured" not in page, "small groups are no gap of an audit"


def test_groups_of_too_few_rows_are_named_beside_the_table(root: Path) -> None:
    app = open_page("retention", root, RUN, attribute="source (metadata)")
    assert "Too few to tell, of 1 group kept: source 128 of 150." in words(app)
