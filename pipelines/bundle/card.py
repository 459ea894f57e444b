"""The sections of a card that are measured once its network is trained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipelines.bundle.prompted import Followed
from toolkit.statistics.intervals import Interval
from toolkit.statistics.ranks import RankSummary

Told = tuple[str, str]  # what was painted or asked for, and who judges


def rank_section(ranks: Mapping[Told, RankSummary]) -> str:
    """Return the section that says how well painted captions are told apart."""
    rows = (
        (*told, one.n, one.pool, _share(one.in_top, one.interval), f"{one.chance_in_top:.0%}", f"{one.median:.0f}")
        for told, one in ranks.items()
    )
    columns = ("captions", "judge", "painted", "pool", "in the first ten (95 %)", "by chance", "median rank")
    return _section("Painted captions, each found among the captions of a fixed pool", columns, rows)


def followed_section(followed: Mapping[Told, Followed]) -> str:
    """Return the section that says whether prompts of people at work are followed."""
    rows = (
        (*told, one.n, one.told, _share(one.agreement, one.interval), f"{one.chance:.0%}")
        for told, one in followed.items()
    )
    columns = ("asked for", "judge", "painted", "read", "as asked for (95 %)", "by chance")
    return _section("Professions with a named gender and skin tone, as painted", columns, rows)


def earlier_section(records: Sequence[Mapping[str, Any]]) -> str:
    """Return the section that lists trainings, each by its training.json."""
    rows = (
        (f"`{record['command']}`", name, part["steps"], f"{part['seconds']:.0f}", f"{first:.3f} to {last:.3f}")
        for record in records
        for name, part in record["parts"].items()
        for first, last in [(part["curve"][0][1], part["curve"][-1][1])]
    )
    return _section("The trainings before this one", ("made by", "part", "steps", "seconds", "loss"), rows)


def held_out_section(command: str, sources: Sequence[str], figures: Mapping[str, float]) -> str:
    """Return the section that says how the training `command` did on `sources`, which it held out."""
    return _section(f"All of {', '.join(sources)} held out: `{command}`", ("what", "value"), list(figures.items()))


def random_section(figures: Mapping[str, float]) -> str:
    """Return the section that says what a pairing network does with random weights."""
    return _section("The same network with random weights", ("what", "value"), list(figures.items()))


def _share(share: float, interval: Interval) -> str:
    return f"{share:.1%} ({interval.low:.1%} to {interval.high:.1%})"


def _section(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = ["", f"## {title}", "", f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    lines += [f"| {' | '.join(str(cell) for cell in row)} |" for row in rows]
    return "\n".join([*lines, ""])
