"""Links a second of `tain scrape`, beside img2dataset on the same server in the same run, and the server's ceiling.

`python tests/bench/bench_scrape.py --img2dataset PROGRAM` prints one line of JSON a contender and round, then medians
and ratios, by the clock and by seconds of processors, which a busy machine disturbs less. Without a PROGRAM
(img2dataset 1.47 in an environment of its own) ours runs alone. The pictures are those of zoo:sample, small; the server
is one process on this machine, and the ceiling is what wrk draws from it. img2dataset decodes and encodes nothing here
(`--disable_all_reencoding`), and gets the best of several thread counts.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from scrape.spent import Spent, spend  # noqa: E402

from toolkit.zoo.sample_files import sample_files  # noqa: E402

SERVER = Path(__file__).parent / "scrape" / "picture_server.py"
THREADS = (32, 128)  # of each process of img2dataset
COUNTING = 'n = 0 request = function() n = n + 1 return wrk.format("GET", "/" .. n .. ".jpg") end'


@contextmanager
def picture_server(folder: Path) -> Iterator[int]:
    """Yield the port of a server of the sample's pictures."""
    tables = [pq.read_table(path, columns=["image"]) for path in sample_files()]
    pictures = [one["bytes"] for table in tables for one in table["image"].to_pylist()]
    file = folder / "pictures.bin"
    file.write_bytes(b"".join(len(one).to_bytes(4, "big") + one for one in pictures))
    server = subprocess.Popen([sys.executable, SERVER, file], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        yield int(server.stdout.readline())
    finally:
        server.kill()
        server.wait()


def write_list(path: Path, port: int, links: int) -> Path:
    """Write a list of `links` addresses, all different."""
    with path.open("w", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["url", "caption"])
        rows.writerows([f"http://127.0.0.1:{port}/{n}.jpg", f"picture {n}"] for n in range(links))
    return path


def ceiling(folder: Path, port: int, seconds: int = 5) -> float | None:
    """Return the answers a second that wrk draws from the server; None without wrk."""
    if shutil.which("wrk") is None:
        return None
    (folder / "counting.lua").write_text(COUNTING)
    command = ["wrk", "-t2", "-c128", f"-d{seconds}", "-s", folder / "counting.lua", f"http://127.0.0.1:{port}"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(next(line for line in said.splitlines() if line.startswith("Requests/sec")).split()[1])


def ours(folder: Path, file: Path, workers: int, concurrency: int) -> tuple[Spent, int]:
    """Return what `tain scrape` takes as a whole, its start included, and the pictures that it got."""
    out = folder / "tain"
    shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, "-m", "pipelines.cli", "scrape", file, "--out", out, "--allow-private"]
    command += ["--workers", str(workers), "--per-host", str(2 * workers * concurrency)]
    command += ["--concurrency", str(concurrency), "--contact", "bench@example.org"]
    spent = spend(command, ROOT)
    return spent, json.loads((out / "run.json").read_text())["stages"]["scrape"]["counts"]["downloaded"]


def theirs(program: Path, folder: Path, file: Path, workers: int, threads: int) -> tuple[Spent, int]:
    """Return what img2dataset takes as a whole, its start included, and the pictures that it got."""
    out = folder / "img2dataset"
    shutil.rmtree(out, ignore_errors=True)
    command = [program, "--url_list", file, "--input_format", "csv", "--url_col", "url", "--caption_col", "caption"]
    command += ["--output_folder", out, "--output_format", "webdataset", "--processes_count", str(workers)]
    command += ["--thread_count", str(threads), "--disable_all_reencoding", "True", "--resize_mode", "no"]
    command += ["--number_sample_per_shard", "1000", "--extract_exif", "False", "--enable_wandb", "False"]
    spent = spend(command)
    stats = [json.loads(path.read_text()) for path in out.glob("*_stats.json")]
    return spent, sum(one["successes"] for one in stats)


def main() -> None:
    """Run the contenders in turns, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--img2dataset", type=Path, help="the program, in an environment of its own")
    parser.add_argument("--links", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--concurrency", type=int, default=64)
    asked = parser.parse_args()
    rates: dict[str, list[float]] = {}
    works: dict[str, list[float]] = {}

    def note(name: str, spent: Spent, pictures: int) -> None:
        rates.setdefault(name, []).append(asked.links / spent.seconds)
        works.setdefault(name, []).append(asked.links / spent.processor)
        told = {"contender": name, "pictures": pictures} | {key: round(one, 2) for key, one in spent._asdict().items()}
        print(json.dumps(told), flush=True)

    with tempfile.TemporaryDirectory() as place, picture_server(Path(place)) as port:
        folder = Path(place)
        file = write_list(folder / "list.csv", port, asked.links)
        for _ in range(asked.rounds):
            most = ceiling(folder, port)
            if most is not None:
                rates.setdefault("ceiling", []).append(most)
            note("tain", *ours(folder, file, asked.workers, asked.concurrency))
            for threads in THREADS if asked.img2dataset else ():
                note(
                    f"img2dataset, {threads} threads",
                    *theirs(asked.img2dataset.absolute(), folder, file, asked.workers, threads),
                )
    medians = {name: statistics.median(found) for name, found in rates.items()}
    by_work = {name: statistics.median(found) for name, found in works.items()}
    result: dict[str, object] = {
        "bench": "scrape",
        "links a second": {name: round(one) for name, one in medians.items()},
    }
    result["links a second of processors"] = {name: round(one) for name, one in by_work.items()}
    peers = [name for name in works if name.startswith("img2dataset")]
    if peers:
        result["times img2dataset at its best"] = round(medians["tain"] / max(medians[one] for one in peers), 2)
        result["the same by processors"] = round(by_work["tain"] / max(by_work[one] for one in peers), 2)
    if "ceiling" in medians:
        result["share of the ceiling"] = round(medians["tain"] / medians["ceiling"], 3)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
