"""From rows of a source to shards of the pairs and scores tables, and back to something that can be scored again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from toolkit import schema
from toolkit.curate.cascade import Cascade
from toolkit.curate.plan import Plan, plan_of
from toolkit.curate.recipe import CurateRecipe
from toolkit.curate.resources import Resources
from toolkit.curate.scorer import Facts
from toolkit.curate.shard import Shard, known_scores, unscored_of
from toolkit.errors import PictureError
from toolkit.images import Header, read_header
from toolkit.sources.pairs import read_pairs
from toolkit.sources.picture_bytes import file_name, read_picture
from toolkit.sources.rows import PairRow, with_picture

FACTS = ("sample_id", "content_id", "width", "height", "source", "error")  # columns of pairs that rules may read
_IN_HAND = 128 << 20  # bytes of pictures that a shard keeps; the others are read a second time


class ScoredRows(NamedTuple):
    """The tables of some rows."""

    pairs: pa.Table
    scores: pa.Table


@dataclass(frozen=True)
class ScorerOfRows:
    """Makes, in each worker, the function that scores a batch of rows by `plan` of `recipe`. It travels to the workers,
    so it is small."""

    recipe: CurateRecipe
    cache: Path
    plan: Callable[[CurateRecipe, Resources], Plan] = plan_of

    def __call__(self) -> _RowScorer:
        """Return the function, its scorers loaded."""
        return _RowScorer(Cascade(self.plan(self.recipe, Resources(cache=self.cache))))


@dataclass(frozen=True)
class _RowScorer:
    cascade: Cascade

    def __call__(self, rows: list[PairRow]) -> ScoredRows:
        pictures = _Pictures(rows)
        pairs, headers = read_pairs(pictures.reading())
        shard = _shard(pairs, headers, pictures, self.cascade.plan)
        self.cascade.run(shard)
        return ScoredRows(pairs, scores_table(pairs, shard, self.cascade.plan))


class _Pictures:
    """The bytes of the pictures of some rows, as far as they fit in hand; the others are read again when asked for."""

    def __init__(self, rows: Sequence[PairRow]) -> None:
        self._rows = list(rows)

    def reading(self) -> Iterator[PairRow]:
        """Yield the rows, each with its picture read."""
        left = _IN_HAND
        for place, row in enumerate(self._rows):
            read = with_picture(row)
            left -= len(read.data or b"")
            if left >= 0:
                self._rows[place] = read
            yield read

    def __call__(self, row: int) -> bytes:
        found = with_picture(self._rows[row])
        if found.data is None:
            kind, _, detail = (found.error or "no_picture: the source gave none").partition(": ")
            raise PictureError(kind, detail)
        return found.data


def known_shard(pairs: pa.Table, scores: pa.Table, base: Path, plan: Plan, forget: Sequence[str] = ()) -> Shard:
    """Return a stored shard with its scores, but those of the scorers called `forget`, ready to be scored further."""
    images = pairs["image"]

    def read(row: int) -> bytes:
        return read_picture(images[row].as_py(), base)

    shard = _shard(pairs, _StoredHeaders(pairs, read), read, plan)
    shard.scores = dict(known_scores(scores, forget))
    shard.unscored = unscored_of(scores["unscored"].to_pylist(), forget)
    return shard


class _StoredHeaders(Sequence[Header | None]):
    """The headers of stored pairs, read again from the pictures by whoever asks: the table holds only a part."""

    def __init__(self, pairs: pa.Table, read: Callable[[int], bytes]) -> None:
        self._errors = pairs["error"].to_pylist()
        self._read = read

    def __len__(self) -> int:
        return len(self._errors)

    def __getitem__(self, row: Any) -> Any:
        return None if self._errors[row] is not None else read_header(self._read(row))


def _shard(pairs: pa.Table, headers: Sequence[Header | None], read: Callable[[int], bytes], plan: Plan) -> Shard:
    columns = {name: pairs[name].to_pylist() for name in ("url", "source", "license", "meta", "content_id")}
    paths = [image["path"] for image in pairs["image"].to_pylist()]
    facts = [
        Facts(url or "", file_name(path, url), source or "", license_ or "", meta or "", content_id or "")
        for path, (url, source, license_, meta, content_id) in zip(
            paths, zip(*columns.values(), strict=True), strict=True
        )
    ]
    captions = [caption or "" for caption in pairs["caption"].to_pylist()]
    found = pairs["error"].to_pylist()
    errors = [plan.failure(error) for error in found]
    waiting = frozenset(row for row, error in enumerate(found) if error is not None and errors[row] is None)
    return Shard(captions, facts, headers, errors, read, waiting)


def scores_table(pairs: pa.Table, shard: Shard, plan: Plan) -> pa.Table:
    """Return the scores of `shard` as a validated table, one row each in the order of `pairs`."""
    columns = schema.table_schema("scores").schema
    arrays = [
        pairs["sample_id"].combine_chunks(),
        pa.array(shard.unscored_map(), columns.field("unscored").type),
    ]
    fields = list(columns)
    for scorer in plan.scorers:
        for name, kind in scorer.columns.items():
            arrays.append(pa.array(shard.scores[name], kind))
            fields.append(pa.field(name, kind))
    return schema.validate("scores", pa.Table.from_arrays(arrays, schema=pa.schema(fields)))
