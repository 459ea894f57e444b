"""The pictures that a target set holds, as embeddings: any source, or what a run of `tain curate` kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from toolkit.curate.duplicates.vector_file import Vectors, vectors_on_disk
from toolkit.curate.pairing.embedder import Embedder
from toolkit.curate.pairing.embedding_queue import EmbeddingQueue
from toolkit.errors import PictureError, SourceError
from toolkit.seeds import content_hash
from toolkit.sources import open_source
from toolkit.sources.picture_bytes import read_picture
from toolkit.sources.rows import with_picture
from toolkit.store import RunFolder, open_run

_ROWS = 1024  # pictures in hand


class Picture(NamedTuple):
    """A picture of the target: its content_id, and how to read its bytes."""

    content_id: str
    read: Callable[[], bytes]


@dataclass(frozen=True)
class Target:
    """The target set called `name`: the folder of a run, of which the kept rows count, or any source."""

    name: str
    embedder: Embedder
    folder: Path | None

    @contextmanager
    def vectors(self) -> Iterator[Vectors]:
        """Yield the unit vectors of its pictures, each content once, in a file in `folder`.

        What is not cached is embedded now. Raises SourceError where there are no pictures.
        """
        content_ids: dict[str, None] = {}
        pictures = self._pictures()
        while some := list(islice(pictures, _ROWS)):
            content_ids.update(dict.fromkeys(_embed(self.embedder, some)))
        with vectors_on_disk(list(content_ids), self.embedder.known_pictures, self.folder) as found:
            if not len(found.vectors):
                raise SourceError(
                    f"the target {self.name} holds no pictures that can be read; name another source or run"
                )
            yield found.vectors

    def _pictures(self) -> Iterator[Picture]:
        if (Path(self.name) / "run.json").is_file():
            return _kept(open_run(self.name, needs=["decisions"]))
        return _listed(self.name)


def _kept(run: RunFolder) -> Iterator[Picture]:
    holder = run.find("pairs")
    if holder is None:
        raise SourceError(f"{run.path} has no pairs; name a run that tain curate wrote")
    tables = zip(holder.scan("pairs", ["content_id", "image"]), run.scan("decisions", ["keep"]), strict=True)
    for pairs, decisions in tables:
        for row in pairs.filter(decisions["keep"]).to_pylist():
            yield Picture(row["content_id"] or "", partial(read_picture, row["image"], holder.path))


def _listed(source: str) -> Iterator[Picture]:
    for batch in open_source(source).batches(_ROWS):
        for row in map(with_picture, batch):
            if row.data is not None:
                yield Picture(content_hash(row.data), partial(bytes, row.data))


def _embed(embedder: Embedder, pictures: list[Picture]) -> Iterator[str]:
    """Yield the content_ids of `pictures`, once all of them that can be decoded are in the cache."""
    queue = EmbeddingQueue(embedder, [one.content_id for one in pictures])
    for one in pictures:
        if one.content_id not in queue:
            try:
                queue.add(one.content_id, one.read())
            except PictureError:
                continue  # a target's own faults are not this run's
    queue.take([])
    return (one.content_id for one in pictures)
