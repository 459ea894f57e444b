"""Who is compared with whom, and on which checks; each tool is run on the same files with two processes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

from curate.corpus import Corpus
from curate.ours import FIRST_OUTPUT, curate_command
from curate.process import Measured, measure

OURS = "tain"
SCRIPTS = Path(__file__).with_name("peers")
START_FILES = 64  # what a tool needs for so few is its start


class Peer(NamedTuple):
    """A tool: its environment, and what its script is told to check."""

    environment: str
    checks: str

    @property
    def script(self) -> Path:
        """The program that runs it in its own environment."""
        return SCRIPTS / f"with_{self.environment}.py"


class Contest(NamedTuple):
    """The same checks by several tools; ours as the recipe of that name. Where there is no peer the files are read
    `times` times under other names, so that our start weighs little beside the floors, which have none."""

    checks: str
    recipe: str
    peers: tuple[Peer, ...]
    times: int = 1


CONTESTS = (
    Contest("quality and duplicates", "quality", (Peer("cleanvision", "quality"),)),
    Contest(
        "duplicates",
        "duplicates",
        (
            Peer("cleanvision", "duplicates"),
            Peer("imagededup", "duplicates"),
            Peer("fastdup", "duplicates"),
            Peer("datajuicer", "duplicates"),
        ),
    ),
    Contest("header and caption", "cheap", (Peer("datajuicer", "cheap"),)),
    Contest("header", "header", (), times=20),
    Contest("whole chain", "whole", (), times=5),
)


class Settings(NamedTuple):
    """What holds for every measurement: at most `runs` of one tool, fewer once `patience` seconds are spent on it."""

    work: Path
    processes: int
    runs: int
    patience: float
    timeout: float

    @property
    def scratch(self) -> Path:
        """Where everything lies that is removed in the end; beside it stay pictures, environments and logs."""
        return self.work / "scratch"


def run_peer(
    peer: Peer, python: Path, corpus: Corpus, settings: Settings, checks: str | None = None
) -> tuple[Measured, Path]:
    """Run `peer` over `corpus` once; return its cost and the file of its answer."""
    work = settings.scratch / "peer"
    _empty(work)
    work.mkdir()
    answer = work / "answer.json"
    command = (python, peer.script, corpus.folder / "images", answer, work / "made", checks or peer.checks)
    measured = measure(
        [*command, str(settings.processes)],
        log=settings.work / "logs" / f"{corpus.name}-{peer.environment}-{checks or peer.checks}.log",
        cores=settings.processes,
        timeout=settings.timeout,
        outputs=(work, "made/out/*.jsonl" if peer.environment == "datajuicer" and checks is None else "answer.json"),
        environ={"HF_HUB_OFFLINE": "1", "HF_HOME": str(settings.work / "hf"), "SENTRY_OPT_OUT": "1"},
    )
    return measured, answer


def run_ours(recipe: str, corpus: Corpus, settings: Settings) -> tuple[Measured, Path]:
    """Curate `corpus` by `recipe` once, with no embedding cached; return its cost and the run folder."""
    out = settings.scratch / "run"
    for folder in (out, settings.scratch / "cache"):
        _empty(folder)
    measured = measure(
        curate_command(corpus.folder, out, recipe, settings.processes, settings.scratch / "cache"),
        log=settings.work / "logs" / f"{corpus.name}-{OURS}-{recipe}.log",
        cores=settings.processes,
        timeout=settings.timeout,
        outputs=(out, FIRST_OUTPUT),
    )
    return measured, out


def repeated(run: Callable[[], Measured], settings: Settings) -> list[Measured]:
    """Return the measurements of up to `runs` runs; the first failure ends them."""
    taken: list[Measured] = []
    while len(taken) < settings.runs and sum(one.seconds for one in taken) < settings.patience:
        taken.append(run())
        if taken[-1].failure is not None:
            break
    return taken


def summary(tool: str, contest: str, corpus: Corpus, taken: list[Measured], start: float | None) -> dict[str, object]:
    """Return one line of results. `start` is what the tool needs for `START_FILES` files, in seconds."""
    line: dict[str, object] = {"corpus": corpus.name, "checks": contest, "tool": tool, "files": len(corpus.files)}
    if taken[-1].failure is not None:
        return {**line, "failure": taken[-1].failure}
    seconds = median(one.seconds for one in taken)
    firsts = [one.first_output_seconds for one in taken if one.first_output_seconds is not None]
    rest = len(corpus.files) - START_FILES
    without_start = None if start is None or seconds <= start or rest <= 0 else round(rest / (seconds - start), 1)
    return {
        **line,
        "runs": len(taken),
        "seconds": [round(one.seconds, 3) for one in taken],
        "images_per_second": round(len(corpus.files) / seconds, 1),
        "start_seconds": None if start is None else round(start, 2),
        "images_per_second_without_start": without_start,
        "first_output_seconds": round(median(firsts), 2) if firsts else None,
        "peak_rss_mib": round(max(one.peak_rss_mib for one in taken)),
    }


def warm(corpus: Corpus) -> None:
    """Read every file, so that all tools find them in the page cache."""
    for path in corpus.files:
        path.read_bytes()


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
