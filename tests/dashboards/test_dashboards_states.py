"""On a run that lacks something, or is broken, every page says what to do, and other runs stay usable."""

from __future__ import annotations

import json
import re
import shutil
from html import unescape
from pathlib import Path

import pytest
from pages_on_show import html, open_page_of_app, select, text, tiles
from run_folder import Runs, build_painted
from streamlit.testing.v1 import AppTest

from dashboards.app import PAGES
from toolkit.store import RunFolder

CUT = ("labels", "measures", "requests", "samples")
CUT_DATA = ("pairs", "decisions", "scores")
# Words that tell a reader what to do next.
NEXT = re.compile(
    r"\b(audit|choose|curate|delete that shard|give|look at|make|name|paint again|put it back|resume|run|start)\b", re.I
)


@pytest.fixture(scope="module")
def root(built: Runs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs that are whole and runs that lack something: pictures alone, a table cut short, a stage that never ended."""
    folder = tmp_path_factory.mktemp("states") / "runs"
    shutil.copytree(built.audit.path.parent, folder)
    build_painted(folder / "painted")
    for table in CUT:
        copied = RunFolder(shutil.copytree(built.audit.path, folder / f"cut {table}"))
        cut(copied, table)
    for table in CUT_DATA:
        copied = RunFolder(shutil.copytree(built.curated.path, folder / f"cut {table}"))
        cut(copied, table)
    for name in ("audit", "curated"):
        unfinished(Path(shutil.copytree(folder / name, folder / f"unfinished {name}")))
    (folder / "damaged").mkdir()
    (folder / "damaged" / "run.json").write_text("{")
    return folder


def cut(run: RunFolder, table: str) -> None:
    shard = run.shards(table)[0]
    shard.write_bytes(shard.read_bytes()[: shard.stat().st_size // 2])


def unfinished(path: Path) -> None:
    record = json.loads((path / "run.json").read_text("utf-8"))
    for entry in record["stages"].values():
        entry["finished"] = False
    (path / "run.json").write_text(json.dumps(record), "utf-8")


STATES = (
    "curated", "painted", *(f"cut {one}" for one in (*CUT, *CUT_DATA)), "unfinished audit", "unfinished curated",
    "damaged",
)  # fmt: skip


def alerts(app: AppTest) -> list[str]:
    found = re.findall(r'<div role="alert"[^>]*>(.*?)</div>', html(app), flags=re.DOTALL)
    return [unescape(one) for one in found]


def shows_something(app: AppTest) -> bool:
    """Return whether the page shows figures, pictures or a choice beside that of the run."""
    charts, downloads = app.get("vega_lite_chart"), app.get("download_button")
    chosen = [one for one in app.selectbox if one.key != "run"]
    return bool(tiles(app) or charts or chosen or downloads or "<table" in html(app))


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("page", PAGES)
def test_every_page_says_what_to_do(root: Path, page: str, state: str) -> None:
    app = open_page_of_app(page, root, run=f"runs/{state}")
    assert not app.exception
    assert app.title or alerts(app)
    for words in alerts(app):
        assert NEXT.search(words), words
    assert alerts(app) or shows_something(app) or NEXT.search(text(app)), text(app)


@pytest.mark.parametrize("state", ["cut measures", "damaged", "unfinished audit"])
def test_another_run_is_chosen_beside_a_broken_one(root: Path, state: str) -> None:
    app = open_page_of_app("bias", root, run=f"runs/{state}")
    select(app, "Run").select("runs/audit").run()
    assert not app.exception
    assert not alerts(app)
    assert select(app, "Concept").options
