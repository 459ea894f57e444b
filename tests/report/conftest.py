"""The small real run that the tests of the report read."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from run_folder import Runs, build_runs

from toolkit.store import RunFolder


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Both runs, made once; tests that change something copy them."""
    return build_runs(tmp_path_factory.mktemp("built"))


@pytest.fixture
def runs(built: Runs, tmp_path: Path) -> Runs:
    """A copy of both runs that a test may change."""
    shutil.copytree(built.curated.path.parent, tmp_path / "runs")
    return Runs(RunFolder(tmp_path / "runs" / "curated"), RunFolder(tmp_path / "runs" / "audit"))
