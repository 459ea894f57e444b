"""The page of duplicates: clusters with what stays first, one cluster by its address, captions as they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from copied_source import LARGER, SAME, SMALLER, curate_copied
from pages_on_show import addresses, html, open_page, text, tiles
from run_folder import Runs

from dashboards.pages import duplicates
from toolkit.report.copies import EXACT, PERCEPTUAL, copies
from toolkit.store import RunFolder

RUN = "copied/curated"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return curate_copied(tmp_path_factory.mktemp("duplicates"))


def clusters(root: Path) -> dict[str, str]:
    """Return the row that stays of the one cluster of each kind."""
    found = copies(RunFolder(root / "curated"))
    assert found is not None
    return {one["kind"]: one["stays"] for one in found.clusters.to_pylist()}


def test_clusters_stand_side_by_side_with_what_stays_first(root: Path) -> None:
    app = open_page("duplicates", root, RUN)
    assert not app.exception
    assert "2 clusters, the largest first." in text(app)
    shown = tiles(app)
    assert [one.lines[0] for one in shown] == ["stays", *["a copy, taken"] * 3, "stays", "a copy, taken"]
    assert {one.caption for one in shown[:4]} == set(SAME)
    assert [one.caption for one in shown[4:]] == [LARGER, SMALLER]
    assert len(addresses(app)) == 6
    assert "<script" not in html(app)
    assert "3 copies, the same file" in text(app)
    assert "1 copy, looks the same" in text(app)


def test_a_kind_is_chosen_by_the_address(root: Path) -> None:
    app = open_page("duplicates", root, RUN, kind=PERCEPTUAL)
    assert [one.caption for one in tiles(app)] == [LARGER, SMALLER]
    assert [one.caption for one in tiles(open_page("duplicates", root, RUN, kind="<b>"))][4:] == [LARGER, SMALLER]


def test_a_cluster_has_an_address(root: Path) -> None:
    stays = clusters(root)[EXACT]
    app = open_page("duplicates", root, RUN, cluster=f"{EXACT} {stays}")
    assert not app.exception
    assert {one.caption for one in tiles(app)} == set(SAME)
    assert "which stays as the largest" in text(app)
    next(one for one in app.button if one.label == "All clusters").click().run()
    assert not app.exception
    assert "cluster" not in app.query_params
    assert len(tiles(app)) == 6


def test_a_button_opens_a_cluster(root: Path) -> None:
    app = open_page("duplicates", root, RUN)
    next(one for one in app.button if one.label == "Open 2").click().run()
    assert not app.exception
    assert app.query_params["cluster"] == f"{PERCEPTUAL} {clusters(root)[PERCEPTUAL]}"
    assert [one.caption for one in tiles(app)] == [LARGER, SMALLER]


@pytest.mark.parametrize("asked", ["", "nothing", "exact_duplicate", "exact_duplicate <b>", "caption_words 1"])
def test_an_address_that_names_no_cluster_shows_all(root: Path, asked: str) -> None:
    app = open_page("duplicates", root, RUN, cluster=asked)
    assert not app.exception
    assert len(tiles(app)) == 6


def test_many_copies_are_paged(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "PICTURES_A_PAGE", 2)
    monkeypatch.setattr(duplicates, "CLUSTERS_A_PAGE", 1)
    monkeypatch.setattr(duplicates, "COPIES_SHOWN", 1)
    assert len(tiles(open_page("duplicates", root, RUN))) == 2
    second = open_page("duplicates", root, RUN, page="2")
    assert [one.caption for one in tiles(second)] == [LARGER, SMALLER]
    stays = clusters(root)[EXACT]
    pages = [open_page("duplicates", root, RUN, cluster=f"{EXACT} {stays}", page=page) for page in ("1", "2")]
    assert [len(tiles(one)) for one in pages] == [3, 2], "the picture that stays is on each page"


def test_runs_without_copies_or_decisions_say_so(built: Runs, tmp_path: Path) -> None:
    app = open_page("duplicates", built.audit.path.parent, "runs/curated")
    assert not app.exception
    assert "No rule took any pair as a copy of another one." in text(app)
