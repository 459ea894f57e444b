"""Curation measured beside its peers on real pictures: throughput, memory, first output, planted copies, floors.

`python tests/bench/bench_curate.py --data FOLDER...` prints one JSON and writes it to WORK/curate.json; --table FILE
renders such a file as the tables of the README. Without --data the full openclipart and emoji sets are downloaded.
Everything it needs (pictures, environments of the peers) is made once under --work and used again.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from curate.contests import Settings  # noqa: E402
from curate.measuring import Asked, Bench  # noqa: E402
from curate.table import render  # noqa: E402


def main() -> None:
    """Measure, or render what was measured."""
    given = _arguments()
    if given.table is not None:
        print(render(json.loads(given.table.read_text("utf-8"))), end="")
        return
    work = given.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    settings = Settings(work, given.processes, given.runs, given.patience, given.timeout)
    asked = Asked(
        data=tuple(folder.resolve() for folder in given.data),
        peers=(given.peers or work / "peers").absolute(),
        install=not given.quick,
        counts={
            "JPEG >= 480 px": given.web,
            "PNG >= 480 px": given.web_png,
            "WebP >= 480 px": given.web_webp,
            "JPEG": given.jpeg,
            "PNG": given.png,
            "WebP": given.webp,
        },
        drawn=given.drawn,
        rows=given.rows,
    )
    text = json.dumps(Bench(asked, settings).measure(), ensure_ascii=False)
    (given.out or work / "curate.json").write_text(text + "\n", "utf-8")
    print(text)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="*", default=[], help="folders of archives or of pictures")
    parser.add_argument("--work", type=Path, default=Path("runs/bench/curate"), help="what is made once is kept here")
    parser.add_argument("--peers", type=Path, help="folder of the peers' environments; default WORK/peers")
    parser.add_argument("--out", type=Path, help="the JSON; default WORK/curate.json")
    parser.add_argument("--table", type=Path, help="render this JSON as Markdown and measure nothing")
    parser.add_argument("--quick", action="store_true", help="200 pictures, one run, no peer is installed")
    parser.add_argument("--jpeg", type=int, default=2000)
    parser.add_argument("--web", type=int, default=1000, help="JPEGs of originals of 480 px or more")
    parser.add_argument("--web-png", type=int, default=300, help="PNGs of the same")
    parser.add_argument("--web-webp", type=int, default=300, help="WebPs of the same")
    parser.add_argument("--png", type=int, default=1000)
    parser.add_argument("--webp", type=int, default=1000)
    parser.add_argument("--drawn", type=int, default=150, help="drawn originals of planted copies")
    parser.add_argument("--rows", type=int, default=100_000, help="rows of the memory test")
    parser.add_argument("--processes", type=int, default=min(2, len(os.sched_getaffinity(0))))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--patience", type=float, default=12, help="seconds after which a tool is not run once more")
    parser.add_argument("--timeout", type=float, default=600, help="seconds after which a tool is stopped")
    given = parser.parse_args()
    if given.quick:
        given.jpeg, given.web, given.png, given.webp = 100, 0, 50, 50
        given.web_png = given.web_webp = 0
        given.drawn, given.rows, given.runs = 8, 400, 1
    return given


if __name__ == "__main__":
    main()
