"""Memory hardly grows with the number of rows: what rows look like stays on disk while they are compared."""

from __future__ import annotations

from pathlib import Path

import pytest
from crops import write_crops
from many_rows import RECIPE, SHARD_ROWS, many_rows, peak_of_deciding

from toolkit.curate.stage import curate
from toolkit.store import RunFolder

MOST_BYTES_A_ROW = 600  # less than one copy of what a row looks like


@pytest.fixture(scope="module")
def crops(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    source = write_crops(tmp_path_factory.mktemp("source") / "crops", rows=12)
    return curate(source, tmp_path_factory.mktemp("runs") / "crops", recipe=RECIPE)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the kernel does not tell the peak")
def test_memory_of_deciding_hardly_grows_with_the_number_of_rows(crops: RunFolder, tmp_path: Path) -> None:
    few, many = 8 * SHARD_ROWS, 40 * SHARD_ROWS
    peaks = [
        peak_of_deciding(many_rows(crops, tmp_path / f"{rows}", rows), tmp_path / f"decided-{rows}")
        for rows in (few, many)
    ]
    assert (peaks[1] - peaks[0]) / (many - few) < MOST_BYTES_A_ROW
