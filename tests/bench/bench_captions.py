"""Captions a second of processor time, on one core: each scorer, all of them, the whole stage on a list of addresses,
and a peer's filter.

`python tests/bench/bench_captions.py [--data FOLDER...] [--datatrove PYTHON | --install FOLDER]` prints one line of
JSON. A folder holds metadata.jsonl with captions as `text`; without one the captions of the bundled sample are used.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

import pyarrow as pa  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402
from curate.environments import EnvironmentMissing, python_of  # noqa: E402
from curate.machine import machine  # noqa: E402

from toolkit.curate.captions.recipe import CaptionRecipe  # noqa: E402
from toolkit.curate.captions.rules import scorers  # noqa: E402
from toolkit.curate.captions.words import words  # noqa: E402
from toolkit.curate.scorer import Batch, Facts, Scorer  # noqa: E402
from toolkit.curate.stage import curate  # noqa: E402
from toolkit.sources import open_source  # noqa: E402

CAPTIONS = 20_000
BATCH = 1024  # as the stage makes them
ROUNDS = 5
PEER = Path(__file__).parent / "curate" / "peers" / "with_datatrove.py"


def main() -> None:
    """Measure and print."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    given = _arguments()
    captions = _captions(given.data)
    megabyte = ("a dog " * 170_000)[:1_000_000]
    every = _ready(CaptionRecipe(max_toxicity=1))
    alone = {one.name: round(len(captions) / _seconds([one], captions)) for one in every}
    result = {
        "bench": "captions",
        "captions": len(captions),
        "mean_characters": round(sum(map(len, captions)) / len(captions), 1),
        "rounds": ROUNDS,
        "captions_per_cpu_second": {"scorers": alone, **_whole(captions)},
        "seconds_for_a_megabyte": round(_seconds(every, [megabyte]), 3),
        "machine": machine(),
    }
    print(json.dumps(result | {"datatrove": _peer(captions, given)}))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="+", default=[], help="folders with metadata.jsonl")
    parser.add_argument("--datatrove", type=Path, help="the Python of an environment that has datatrove")
    parser.add_argument("--install", type=Path, help="make such an environment in this folder")
    return parser.parse_args()


def _captions(folders: list[Path]) -> list[str]:
    """Return as many captions as are measured, those that there are over and over."""
    found: list[str] = []
    for folder in folders:
        with (folder / "metadata.jsonl").open(encoding="utf-8") as lines:
            found += [json.loads(line)["text"] for line in lines]
    found = found or [row.caption or "" for row in open_source("zoo:sample").rows()]
    return list(islice(cycle(found), CAPTIONS))


def _fastest(run: Callable[[], object]) -> float:
    """Return the processor's seconds of the fastest of some rounds: what else runs on the machine counts little."""
    seconds = []
    for _ in range(ROUNDS):
        started = time.process_time()
        run()
        seconds.append(time.process_time() - started)
    return min(seconds)


def _batches(captions: list[str]) -> list[Batch]:
    parts = (captions[start : start + BATCH] for start in range(0, len(captions), BATCH))
    return [Batch(captions=part, facts=[Facts(file_name="0001.jpg")] * len(part)) for part in parts]


def _ready(recipe: CaptionRecipe) -> list[Scorer]:
    made = scorers(recipe)
    for one in made:
        one.setup()
    return made


def _seconds(made: list[Scorer], captions: list[str]) -> float:
    """Return the seconds in which `made` score all captions, each batch once, with the words that they share."""
    return _fastest(lambda: [scorer.score(batch) for batch in _batches(captions) for scorer in made])


def _whole(captions: list[str]) -> dict[str, int]:
    """Return the rates of all scorers together, of the floor that counts words, and of the stage from file to file."""
    rates = {
        "all_scorers": _seconds(_ready(CaptionRecipe()), captions),
        "counting_words": _fastest(lambda: [len(words(caption)) for caption in captions]),
        "tain_curate": min(_stage(captions) for _ in range(2)),
    }
    return {name: round(len(captions) / seconds) for name, seconds in rates.items()}


def _stage(captions: list[str]) -> float:
    """Return the seconds in which addresses with captions are scored, decided and written, each with its reasons."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "addresses.parquet"
        urls = [f"https://example.org/{row}.jpg" for row in range(len(captions))]
        pq.write_table(pa.table({"text": captions, "url": urls}), source)
        started = time.process_time()
        curate(source, Path(folder) / "run", recipe={"pictures": {"required": False}, "scorers": "used"})
        return time.process_time() - started


def _peer(captions: list[str], given: argparse.Namespace) -> dict[str, object]:
    """Return what datatrove's length filter alone does with the same captions, or why it was not run."""
    try:
        python = given.datatrove or (given.install and python_of("datatrove", given.install, install=True))
    except EnvironmentMissing as error:
        return {"not_run": str(error)}
    if not python:
        return {"not_run": "give --datatrove PYTHON or --install FOLDER"}
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder) / "captions.jsonl"
        lines.write_text("".join(json.dumps({"text": caption}) + "\n" for caption in captions), "utf-8")
        rounds = []
        for number in range(2):
            command = [str(python), str(PEER), str(lines), f"{folder}/{number}"]
            ran = subprocess.run(command, capture_output=True, text=True, check=False)
            if ran.returncode:
                return {"not_run": ran.stderr.strip()[-300:]}
            rounds.append(json.loads(ran.stdout.strip().splitlines()[-1]))
        return max(rounds, key=lambda one: float(one["captions_per_cpu_second"]))


if __name__ == "__main__":
    main()
