"""Peak memory against the number of rows: the same files under more names.

In one process both times: a run of few rows would start fewer processes than one of many, and they would be compared.
"""

from __future__ import annotations

from typing import NamedTuple

from curate.contests import Settings, run_ours
from curate.corpus import Corpus, link_corpus


class Growth(NamedTuple):
    """Few and many rows by one recipe."""

    recipe: str
    few: int
    many: int


def measure_growth(growth: Growth, corpus: Corpus, settings: Settings) -> dict[str, object]:
    """Return the peak memory of curating `growth.few` and `growth.many` rows made of the files of `corpus`."""
    line: dict[str, object] = {"recipe": growth.recipe, "corpus": corpus.name, "processes": 1}
    for size, count in (("few", growth.few), ("many", growth.many)):
        linked = link_corpus(f"{corpus.name}-{count}", corpus, count, settings.scratch / "linked")
        measured, _ = run_ours(growth.recipe, linked, settings._replace(processes=1))
        if measured.failure is not None:
            return {**line, "failure": measured.failure}
        line |= {
            f"{size}_rows": count,
            f"{size}_peak_rss_mib": round(measured.peak_rss_mib),
            f"{size}_seconds": round(measured.seconds, 1),
        }
    return line
