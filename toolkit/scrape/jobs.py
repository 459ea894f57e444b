"""Shards to make: links to ask, or the shard of an earlier run of which some rows are asked again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pyarrow as pa

from toolkit.images import Limits
from toolkit.scrape.rows import Asked, asked_again, asked_of, row_of, table_of
from toolkit.shard_files import read_shard
from toolkit.sources.web.failures import may_heal
from toolkit.sources.web.fetcher import Answer
from toolkit.sources.web.links import ImageLink
from toolkit.store import RunFolder


@dataclass(frozen=True)
class NewShard:
    """Shard `number`, of the links `all`."""

    number: int
    all: list[Asked]

    def asked(self) -> list[Asked]:
        """Return what is asked, a row each."""
        return self.all

    def table(self, asked: Sequence[Asked], answers: Sequence[Answer | None], limits: Limits) -> pa.Table:
        """Return the shard: what became of `asked`."""
        return table_of([row_of(*one) for one in zip(asked, answers, strict=True)], limits)


@dataclass(frozen=True)
class MendedShard:
    """Shard `number` of an earlier run, at `path`, in which rows that may heal are asked again; the rest stays."""

    number: int
    path: Path

    def asked(self) -> list[Asked]:
        """Return what is asked: the rows that failed and may heal."""
        table = read_shard(self.path, ["sample_id", "url", "caption", "source", "license", "meta", "error"])
        return [asked_again(row) for row in table.to_pylist() if row["error"] and may_heal(row["error"])]

    def table(self, asked: Sequence[Asked], answers: Sequence[Answer | None], limits: Limits) -> pa.Table:
        """Return the shard with what became of `asked` in the places of the rows that failed."""
        old = read_shard(self.path, None)
        if not asked:
            return old
        made = table_of([row_of(*one) for one in zip(asked, answers, strict=True)], limits)
        places = {sample_id: place for place, sample_id in enumerate(made["sample_id"].to_pylist(), old.num_rows)}
        order = [places.get(sample_id, place) for place, sample_id in enumerate(old["sample_id"].to_pylist())]
        return pa.concat_tables([old, made]).take(pa.array(order)).combine_chunks()


Job = NewShard | MendedShard


def new_shards(links: Iterable[ImageLink], source: str, rows: int, done: frozenset[int]) -> Iterator[Job]:
    """Yield the shards of `rows` links each that are not `done`; no more than one is in memory."""
    remaining, number = iter(links), 0
    while some := list(islice(remaining, rows)):
        if number not in done:
            yield NewShard(number, [asked_of(link, source) for link in some])
        number += 1


def mended_shards(old: RunFolder, done: frozenset[int]) -> Iterator[Job]:
    """Yield the shards of `old` that are not `done`."""
    for path in old.shards("pairs"):
        number = int(path.stem.removeprefix("part-"))
        if number not in done:
            yield MendedShard(number, path)
