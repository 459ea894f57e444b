"""What Ray costs beside the engine of one machine, two workers each: `tain curate` of the same rows, in turn."""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from crops import write_crops

from toolkit.curate.stage import curate
from toolkit.engine.local import LocalEngine
from toolkit.engine.opening import open_engine

WORKERS = 2


def main() -> None:
    """Print one line of JSON: medians in seconds."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=12_000)
    arguments.add_argument("--rounds", type=int, default=5)
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        print(json.dumps(measured(Path(name), asked.rows, asked.rounds)))


def measured(folder: Path, rows: int, rounds: int) -> dict[str, object]:
    """Return what was measured on `rows` rows of 60 pictures."""
    source = write_crops(folder / "crops", rows=60)
    lines = (source / "metadata.jsonl").read_text("utf-8").splitlines(keepends=True)
    (source / "metadata.jsonl").write_text("".join(lines * (rows // 60)), "utf-8")
    seconds: dict[str, list[float]] = {"local": [], "ray": []}
    hashes = set()
    started = perf_counter()
    with open_engine("ray", workers=WORKERS) as ray:
        start = perf_counter() - started
        curate(source, folder / "first", engine=ray)  # its workers' imports are read from disk once
        for number in range(rounds):
            for name, engine in (("local", LocalEngine(WORKERS)), ("ray", ray)):
                started = perf_counter()
                run = curate(source, folder / f"{name}-{number}", engine=engine)
                seconds[name].append(perf_counter() - started)
                hashes.add(run.content_hash())
    return {
        "bench": "engines",
        "rows": rows,
        "ray_start_seconds": round(start, 2),
        "seconds": {name: [round(one, 2) for one in found] for name, found in seconds.items()},
        "median_seconds": {name: round(median(found), 2) for name, found in seconds.items()},
        "same_tables": len(hashes) == 1,
    }


if __name__ == "__main__":
    main()
