"""Runs of many rows that look like a few pictures, but with hashes that are far from each other; and what deciding
takes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from toolkit.store import RunFolder, create_run

RECIPE = Path(__file__).resolve().parent / "bench" / "curate" / "recipes" / "duplicates.yaml"
SHARD_ROWS = 1000
PROGRAM = """
import sys
from pipelines.process import set_up_process
set_up_process()
from pipelines.cli import cli
cli.main(sys.argv[1:], standalone_mode=False)
print([line for line in open("/proc/self/status") if line.startswith("VmHWM")][0].split()[1])
"""


def many_rows(crops: RunFolder, path: Path, rows: int) -> RunFolder:
    """Write a run of `rows` rows that look like those of `crops`, but with hashes that are far from each other."""
    random = np.random.default_rng(11)
    run = create_run(path)
    sound = pc.is_valid(crops.read("scores")["fingerprint"])
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


def peak_of_deciding(run: RunFolder, out: Path) -> int:
    """Return the most bytes that `tain decide` had in memory."""
    command = [sys.executable, "-c", PROGRAM, "decide", str(run.path), "--recipe", str(RECIPE), "--out", str(out)]
    environ = {**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system"}
    said = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    return int(said.stdout.splitlines()[-1]) << 10
