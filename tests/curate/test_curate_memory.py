"""Memory hardly grows with the number of rows: what rows look like stays on disk while they are compared."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from crops import write_crops

from toolkit.curate.stage import curate
from toolkit.store import RunFolder, create_run

RECIPE = Path(__file__).resolve().parents[1] / "bench" / "curate" / "recipes" / "duplicates.yaml"
SHARD_ROWS = 1000
MOST_BYTES_A_ROW = 600  # less than one copy of what a row looks like
PROGRAM = """
import sys
from pipelines.process import set_up_process
set_up_process()
from pipelines.cli import cli
cli.main(sys.argv[1:], standalone_mode=False)
print([line for line in open("/proc/self/status") if line.startswith("VmHWM")][0].split()[1])
"""


@pytest.fixture(scope="module")
def crops(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    source = write_crops(tmp_path_factory.mktemp("source") / "crops", rows=12)
    return curate(source, tmp_path_factory.mktemp("runs") / "crops", recipe=RECIPE)


def _many(crops: RunFolder, path: Path, rows: int) -> RunFolder:
    """Write a run of `rows` rows that look like those of `crops`, but with hashes that are far from each other."""
    random = np.random.default_rng(11)
    run = create_run(path)
    sound = pa.compute.is_valid(crops.read("scores")["fingerprint"])
    pairs, scores = (crops.read(table).filter(sound) for table in ("pairs", "scores"))
    with run.stage("curate", recipe=crops.stages["curate"]["recipe"]) as counts:
        counts.update(crops.stages["curate"]["counts"])
        for index, start in enumerate(range(0, rows, SHARD_ROWS)):
            some = pa.array(np.arange(start, min(start + SHARD_ROWS, rows)) % pairs.num_rows)
            ids = pa.array([f"{row:032x}" for row in range(start, start + len(some))])
            masks = random.integers(0, 2**64, len(some), np.uint64)
            views = [np.frombuffer(one, "<u8") for one in scores["view_hashes"].take(some).to_pylist()]
            flipped = [(one ^ mask).astype("<u8").tobytes() for one, mask in zip(views, masks, strict=True)]
            hashes = scores["perceptual_hash"].take(some).to_numpy() ^ masks
            replaced = {"view_hashes": flipped, "perceptual_hash": hashes, "fingerprint": masks}
            run.write_shard("pairs", index, _with(pairs.take(some), {"sample_id": ids, "content_id": ids}))
            run.write_shard("scores", index, _with(scores.take(some), {"sample_id": ids, **replaced}))
    return run


def _with(table: pa.Table, columns: dict[str, object]) -> pa.Table:
    for name, values in columns.items():
        place = table.schema.get_field_index(name)
        table = table.set_column(place, table.schema.field(name), pa.array(values, table.schema.field(name).type))
    return table


def _peak_of_deciding(run: RunFolder, out: Path) -> int:
    """Return the most bytes that `tain decide` had in memory."""
    command = [sys.executable, "-c", PROGRAM, "decide", str(run.path), "--recipe", str(RECIPE), "--out", str(out)]
    environ = {**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system"}
    said = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    return int(said.stdout.splitlines()[-1]) << 10


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the kernel does not tell the peak")
def test_memory_of_deciding_hardly_grows_with_the_number_of_rows(crops: RunFolder, tmp_path: Path) -> None:
    few, many = 8 * SHARD_ROWS, 40 * SHARD_ROWS
    peaks = [
        _peak_of_deciding(_many(crops, tmp_path / f"{rows}", rows), tmp_path / f"decided-{rows}")
        for rows in (few, many)
    ]
    assert (peaks[1] - peaks[0]) / (many - few) < MOST_BYTES_A_ROW
