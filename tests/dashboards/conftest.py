"""The small real run that the tests of the dashboard open, and a cache folder of their own."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from run_folder import Runs, build_runs
from streamlit.components.v2 import manifest_scanner

from toolkit.store import RunFolder


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Both runs, made once; tests that change something copy them."""
    return build_runs(tmp_path_factory.mktemp("built") / "runs")


@pytest.fixture
def runs(built: Runs, tmp_path: Path) -> Runs:
    """A copy of both runs that a test may change."""
    shutil.copytree(built.curated.path.parent, tmp_path / "runs")
    return Runs(RunFolder(tmp_path / "runs" / "curated"), RunFolder(tmp_path / "runs" / "audit"))


@pytest.fixture(scope="session", autouse=True)
def packages_read_once() -> Iterator[None]:
    """Streamlit reads what every installed package says of itself at each AppTest: here once, as a server does."""
    found = manifest_scanner.scan_component_manifests()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", lambda: found)
        yield


@pytest.fixture(autouse=True)
def own_main() -> Iterator[None]:
    """Put `__main__` back: an AppTest leaves its script there, and processes that later tests spawn would run it."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache of thumbnails and a log that are empty at the start, and no figures left from another test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    st.cache_resource.clear()
    yield tmp_path / "cache"
    st.cache_resource.clear()
