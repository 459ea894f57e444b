"""From rows of a source to shards of the pairs and scores tables, and back to something that can be scored again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit import schema
from toolkit.curate.cascade import Cascade, Shard
from toolkit.curate.plan import Plan, plan_of
from toolkit.curate.recipe import CurateRecipe
from toolkit.errors import PictureError
from toolkit.images import Header
from toolkit.sources.pairs import to_pairs_table
from toolkit.sources.picture_bytes import read_picture
from toolkit.sources.rows import PairRow

FACTS = ("sample_id", "content_id", "width", "height", "source", "error")  # columns of pairs that rules may read


@dataclass(frozen=True)
class ScoredShard:
    """The tables of one shard, and the embeddings that were made for it by content_id."""

    pairs: pa.Table
    scores: pa.Table
    embeddings: dict[str, NDArray[np.float32]]
    fingerprint: str


@dataclass(frozen=True)
class ScorerOfRows:
    """Makes, in each worker, the function that scores a batch of rows. It travels to the workers, so it is small."""

    recipe: CurateRecipe

    def __call__(self) -> _RowScorer:
        """Return the function, its scorers loaded."""
        return _RowScorer(Cascade(plan_of(self.recipe)))


@dataclass(frozen=True)
class _RowScorer:
    cascade: Cascade

    def __call__(self, rows: list[PairRow]) -> ScoredShard:
        pairs = to_pairs_table(rows)

        def read(row: int) -> bytes:
            data = rows[row].data
            if data is None:
                raise PictureError("no_picture", "the source gave none")
            return data

        shard = _shard(pairs, read)
        self.cascade.run(shard)
        embedder = self.cascade.plan.embedder
        fingerprint = "" if embedder is None else embedder.network.fingerprint
        return ScoredShard(pairs, scores_table(pairs, shard, self.cascade.plan), shard.embeddings, fingerprint)


def known_shard(pairs: pa.Table, scores: pa.Table, base: Path, *, forget: Sequence[str] = ()) -> Shard:
    """Return a stored shard with its scores, but those of the scorers called `forget`, ready to be scored further."""
    images = pairs["image"]
    shard = _shard(pairs, lambda row: read_picture(images[row].as_py(), base))
    shard.scores = {
        name: scores[name].to_pylist()
        for name in scores.schema.names
        if name not in ("sample_id", "unscored") and name not in forget
    }
    shard.unscored = [
        {name: why for name, why in found or () if name not in forget} for found in scores["unscored"].to_pylist()
    ]
    return shard


def _shard(pairs: pa.Table, read: Any) -> Shard:
    headers = [
        None if width is None or height is None else Header(width, height, kind or "", animated=False)
        for width, height, kind in zip(*(pairs[c].to_pylist() for c in ("width", "height", "format")), strict=True)
    ]
    captions = [caption or "" for caption in pairs["caption"].to_pylist()]
    return Shard(captions, pairs["content_id"].to_pylist(), headers, pairs["error"].to_pylist(), read)


def scores_table(pairs: pa.Table, shard: Shard, plan: Plan) -> pa.Table:
    """Return the scores of `shard` as a validated table, one row each in the order of `pairs`."""
    columns = schema.table_schema("scores").schema
    arrays = [
        pairs["sample_id"].combine_chunks(),
        pa.array([sorted(one.items()) for one in shard.unscored], columns.field("unscored").type),
    ]
    fields = list(columns)
    for scorer in plan.scorers:
        for name, kind in scorer.columns.items():
            arrays.append(pa.array(shard.scores[name], kind))
            fields.append(pa.field(name, kind))
    return schema.validate("scores", pa.Table.from_arrays(arrays, schema=pa.schema(fields)))
