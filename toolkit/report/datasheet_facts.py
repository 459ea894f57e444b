"""What a datasheet can say of a curated set from its tables alone: counts, languages, sizes, licences, domains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa

from toolkit.report.funnel import Funnel, funnel
from toolkit.store import RunFolder

_SHOWN = 12
_PAIRS = ["sample_id", "caption", "url", "source", "license", "width", "height", "format"]


class Counted(NamedTuple):
    """Rows of each value, most first, at most 12; `others` are the rows of all further values."""

    rows: tuple[tuple[str, int], ...]
    others: int


class Spread(NamedTuple):
    """Least, quartiles and greatest of a quantity; None in all where there are no values."""

    least: float | None
    lower: float | None
    median: float | None
    upper: float | None
    greatest: float | None


class DatasheetFacts(NamedTuple):
    """What the tables of a curated run say of the rows that it kept."""

    funnel: Funnel
    sources: Counted
    licences: Counted
    formats: Counted
    languages: Counted
    domains: Counted
    sides: Spread
    words: Spread
    without_caption: int


def datasheet_facts(run: RunFolder) -> DatasheetFacts | None:
    """Return the facts of `run`; None where neither it nor its inputs hold pairs with decisions."""
    steps, pairs, decisions = funnel(run), run.find("pairs"), run.find("decisions")
    if steps is None or pairs is None or decisions is None:
        return None
    counted: dict[str, Counter[str]] = {name: Counter() for name in ("source", "license", "format", "language", "url")}
    sides: list[Any] = []
    words: list[Any] = []
    without_caption = 0
    for kept in _kept(pairs, decisions, run.find("scores")):
        for name in ("source", "license", "format"):
            counted[name].update(one or f"no {name} given" for one in kept[name].to_pylist())
        counted["language"].update(one or "not told" for one in kept["caption_language"].to_pylist())
        counted["url"].update(_hosts(kept["url"].to_pylist()))
        sides.append(np.minimum(*(_numbers(kept[name]) for name in ("width", "height"))))
        captions = kept["caption"].to_pylist()
        words.append(np.array([len((one or "").split()) for one in captions], dtype=np.float64))
        without_caption += sum(not (one or "").strip() for one in captions)
    return DatasheetFacts(
        funnel=steps,
        sources=_most(counted["source"]),
        licences=_most(counted["license"]),
        formats=_most(counted["format"]),
        languages=_most(counted["language"]),
        domains=_most(counted["url"]),
        sides=_spread(sides),
        words=_spread(words),
        without_caption=without_caption,
    )


def _kept(pairs: RunFolder, decisions: RunFolder, scores: RunFolder | None) -> Iterable[pa.Table]:
    """Yield the kept rows with the language of their caption, null where it was not scored, a shard at a time."""
    scored = iter(scores.scan("scores")) if scores is not None else None
    for shard, decided in zip(
        pairs.scan("pairs", _PAIRS), decisions.scan("decisions", ["sample_id", "keep"]), strict=True
    ):
        found = next(scored, None) if scored is not None else None
        known = found is not None and "caption_language" in found.schema.names
        language = found["caption_language"] if found is not None and known else pa.nulls(shard.num_rows, pa.string())
        yield shard.append_column("caption_language", language).filter(decided["keep"])


def _hosts(urls: Iterable[str | None]) -> Iterable[str]:
    for url in urls:
        if url:
            yield (urlsplit(url).hostname or "unreadable address") if "//" in url else "unreadable address"


def _numbers(column: pa.ChunkedArray) -> Any:
    return column.cast(pa.float64()).to_numpy()


def _most(counted: Counter[str]) -> Counted:
    ordered = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    return Counted(tuple(ordered[:_SHOWN]), sum(rows for _, rows in ordered[_SHOWN:]))


def _spread(parts: list[Any]) -> Spread:
    values = np.concatenate(parts) if parts else np.zeros(0)
    values = values[~np.isnan(values)]
    if not len(values):
        return Spread(None, None, None, None, None)
    return Spread(*(float(one) for one in np.percentile(values, [0, 25, 50, 75, 100])))
