"""Everything that the bench measures, in its order, as one result."""

from __future__ import annotations

import datetime
import json
import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from curate.contests import (
    CONTESTS,
    OURS,
    START_FILES,
    Contest,
    Peer,
    Settings,
    repeated,
    run_ours,
    run_peer,
    summary,
    warm,
)
from curate.corpus import Corpus, build_corpus, link_corpus
from curate.environments import REQUIREMENTS, EnvironmentMissing, python_of
from curate.floors import measure_floors
from curate.machine import machine, shown_versions
from curate.memory import Growth, measure_growth
from curate.originals import Original, find_originals
from curate.planting import measure_planted
from curate.process import Measured
from curate.ratios import ratios

Run = Callable[[Corpus], Measured]


class Asked(NamedTuple):
    """How much of everything: `counts` of files by name of the corpus, `drawn` originals, `rows` for memory."""

    data: tuple[Path, ...]
    peers: Path
    install: bool
    counts: dict[str, int]
    drawn: int
    rows: int


CORPORA = {
    "JPEG >= 480 px": ("JPEG", 480),
    "PNG >= 480 px": ("PNG", 480),
    "WebP >= 480 px": ("WEBP", 480),
    "JPEG": ("JPEG", 0),
    "PNG": ("PNG", 0),
    "WebP": ("WEBP", 0),
}


class Bench:
    """Peers' environments, settings, and the starts that were measured already."""

    def __init__(self, asked: Asked, settings: Settings) -> None:
        self.asked, self.settings = asked, settings
        self.pythons: dict[str, Path] = {}
        self.missing: dict[str, str] = {}
        self._starts: dict[tuple[str, str], float | None] = {}
        for name in REQUIREMENTS:
            try:
                self.pythons[name] = python_of(name, asked.peers, install=asked.install)
            except EnvironmentMissing as error:
                self.missing[name] = str(error)

    def measure(self) -> dict[str, Any]:
        """Return everything that was measured, with where and with what."""
        started = {"date": datetime.datetime.now(datetime.UTC).date().isoformat(), "machine": machine()}
        originals = find_originals(self.asked.data, self.settings.work)
        corpora = self._corpora(originals)
        throughput: list[dict[str, Any]] = []
        floors: list[dict[str, Any]] = []
        for corpus in corpora:
            warm(corpus)
            throughput += self._contests(corpus)
            floors += measure_floors(corpus, self.pythons.get("decoders"), self.settings)
        planted = measure_planted(originals, self.asked.drawn, self.pythons, self.missing, self.settings)
        memory = [measure_growth(growth, corpora[-1], self.settings) for growth in self._growths()]
        shutil.rmtree(self.settings.scratch)
        return {
            "bench": "curate",
            **started,
            "settings": self.settings._asdict() | {"work": None},
            "versions": shown_versions(self.pythons),
            "corpora": {corpus.name: corpus.facts for corpus in corpora},
            "throughput": throughput,
            "floors": floors,
            "ratios": ratios(throughput, floors),
            "planted": planted,
            "memory": memory,
        }

    def _corpora(self, originals: list[Original]) -> list[Corpus]:
        made = []
        for name, (file_format, side) in CORPORA.items():
            if count := self.asked.counts.get(name, 0):
                folder = self.settings.work / "corpora" / f"{file_format.lower()}-{side}-{count}"
                made.append(build_corpus(name, originals, file_format, count, side, folder))
                _tell(name, made[-1].facts)
        return made

    def _contests(self, corpus: Corpus) -> list[dict[str, Any]]:
        """Return a line for every tool in every contest over `corpus`."""
        first = corpus._replace(files=corpus.files[:START_FILES])
        few = link_corpus("start", first, START_FILES, self.settings.scratch / "few")
        lines: list[dict[str, Any]] = []
        for contest in CONTESTS:
            over = corpus
            if contest.times > 1:
                rows = contest.times * len(corpus.files)
                over = link_corpus(corpus.name, corpus, rows, self.settings.scratch / "repeated")
            for tool, run in self._runners(contest).items():
                start = self._start(contest, tool, run, few)
                taken = repeated(partial(run, over), self.settings)
                lines.append(summary(tool, contest.checks, over, taken, start))
                _tell(tool, lines[-1])
            for peer in contest.peers:
                if peer.environment in self.missing:
                    absent = {"corpus": corpus.name, "checks": contest.checks, "tool": peer.environment}
                    lines.append({**absent, "failure": self.missing[peer.environment]})
        return lines

    def _runners(self, contest: Contest) -> dict[str, Run]:
        """Return for each tool of `contest` that is here what runs it over a corpus."""
        runners: dict[str, Run] = {OURS: partial(self._ours, contest.recipe)}
        for peer in contest.peers:
            if peer.environment in self.pythons:
                runners[peer.environment] = partial(self._theirs, peer)
        return runners

    def _ours(self, recipe: str, corpus: Corpus) -> Measured:
        return run_ours(recipe, corpus, self.settings)[0]

    def _theirs(self, peer: Peer, corpus: Corpus) -> Measured:
        return run_peer(peer, self.pythons[peer.environment], corpus, self.settings)[0]

    def _start(self, contest: Contest, tool: str, run: Run, few: Corpus) -> float | None:
        """Return the seconds that `tool` needs for a handful of files: the shorter of two runs, measured once."""
        if (contest.checks, tool) not in self._starts:
            taken = [run(few) for _ in range(min(2, self.settings.runs))]
            whole = [one.seconds for one in taken if one.failure is None]
            self._starts[contest.checks, tool] = min(whole) if whole else None
        return self._starts[contest.checks, tool]

    def _growths(self) -> list[Growth]:
        rows = self.asked.rows
        scaled = max(2, rows // 20)  # the network takes about twenty times as long a row
        return [Growth("whole", min(1000, rows // 2), rows), Growth("pairing", min(1000, scaled // 2), scaled)]


def _tell(name: str, facts: dict[str, Any]) -> None:
    print(f"{name}: {json.dumps(facts)}", file=sys.stderr, flush=True)
