"""Scoring one shard: captions, headers, one decode for all who need pixels, embeddings last."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.curate.plan import Plan
from toolkit.curate.scorer import COST, Batch, Need, Scorer, cost
from toolkit.errors import PictureError
from toolkit.images import Header, decode

LONGEST_SIDE = 256  # px: enough for hashes, entropy and every image tower here; a JPEG decodes several times faster
_PICTURES = 128  # decoded at a time, which bounds memory
SKIPPED = "skipped"
FAILED = "failed: "


@dataclass
class Shard:
    """Rows to score. `read` returns the bytes of the picture at a position; `error` says why a row has none.

    `scores` hold what is known: a value or None a row, for every column. `unscored` says why a scorer gave nothing.
    """

    captions: list[str]
    content_ids: list[str | None]
    headers: list[Header | None]
    errors: list[str | None]
    read: Callable[[int], bytes]
    scores: dict[str, list[object]] = field(default_factory=dict)
    unscored: list[dict[str, str]] = field(default_factory=list)
    embeddings: dict[str, NDArray[np.float32]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.captions)


class Cascade:
    """Runs the scorers of a plan over shards; what an earlier local rule has dropped is not scored further."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._levels = [[one for one in plan.scorers if cost(one) == level] for level in range(len(COST))]
        for scorer in plan.scorers:
            scorer.setup()

    def run(self, shard: Shard) -> None:
        """Fill `scores`, `unscored` and `embeddings` of `shard`, leaving known scores as they are."""
        prepare(shard, self.plan)
        captions, header, pixels, embedding = self._levels
        everyone = list(range(len(shard)))
        self._score_level(shard, captions, everyone, {})
        with_header = [row for row in everyone if shard.errors[row] is None]
        alive = self._score_level(shard, header, self._passed(shard, with_header, "caption"), {})
        alive = self._passed(shard, alive, "header")
        wanted = [row for row in alive if missing(shard, row, pixels + embedding)]
        for start in range(0, len(wanted), _PICTURES):
            some = wanted[start : start + _PICTURES]
            pictures = self._decode(shard, some, pixels + embedding)
            self._score_level(shard, pixels, list(pictures), pictures)
            left = self._passed(shard, list(pictures), "pixels")
            if embedding and left:
                self._score_level(shard, embedding, left, pictures)
        settle(shard, self.plan)

    def _passed(self, shard: Shard, rows: list[int], need: Need) -> list[int]:
        """Return those of `rows` that the local rules keep, as far as scorers that need at most `need` tell."""
        return rows if self.plan.score_all else passed(shard, self.plan, rows, COST.index(need))

    def _decode(self, shard: Shard, rows: list[int], scorers: list[Scorer]) -> dict[int, NDArray[np.uint8]]:
        pictures: dict[int, NDArray[np.uint8]] = {}
        for row in rows:
            try:
                pictures[row] = decode(shard.read(row), longest_side=LONGEST_SIDE)
            except PictureError as error:
                for scorer in scorers:
                    shard.unscored[row][scorer.name] = f"{FAILED}{error}"
        return pictures

    def _score_level(
        self, shard: Shard, scorers: list[Scorer], rows: list[int], pictures: dict[int, NDArray[np.uint8]]
    ) -> list[int]:
        """Let each of `scorers` score those of `rows` that still lack its columns; return `rows`."""
        for scorer in scorers:
            todo = [row for row in rows if missing(shard, row, [scorer])]
            if todo:
                self._score(shard, scorer, todo, pictures)
        return rows

    def _score(self, shard: Shard, scorer: Scorer, rows: list[int], pictures: dict[int, NDArray[np.uint8]]) -> None:
        try:
            found = scorer.score(self._batch(shard, scorer, rows, pictures))
        except Exception as error:  # a scorer of other people may raise anything: find the row that it cannot bear
            if len(rows) == 1:
                shard.unscored[rows[0]][scorer.name] = f"{FAILED}{type(error).__name__}: {error}"
                return
            for row in rows:
                self._score(shard, scorer, [row], pictures)
            return
        for column in scorer.columns:
            for row, value in zip(rows, found[column], strict=True):
                shard.scores[column][row] = round(value, 4) if isinstance(value, float) else value

    def _batch(self, shard: Shard, scorer: Scorer, rows: list[int], pictures: dict[int, NDArray[np.uint8]]) -> Batch:
        needs = scorer.needs
        return Batch(
            captions=[shard.captions[row] for row in rows] if "caption" in needs else (),
            headers=[one for row in rows if (one := shard.headers[row]) is not None] if "header" in needs else (),
            pixels=[pictures[row] for row in rows] if "pixels" in needs else (),
            embeddings=self._embed(shard, rows, pictures) if "embedding" in needs else np.zeros((0, 0), np.float32),
        )

    def _embed(self, shard: Shard, rows: list[int], pictures: dict[int, NDArray[np.uint8]]) -> NDArray[np.float32]:
        assert self.plan.embedder is not None
        content_ids = [shard.content_ids[row] or "" for row in rows]
        shard.embeddings |= self.plan.embedder.embed(content_ids, [pictures[row] for row in rows])
        return np.stack([shard.embeddings[one] for one in content_ids])


def prepare(shard: Shard, plan: Plan) -> None:
    """Give `shard` an entry for every column and row, None where nothing is known yet."""
    for scorer in plan.scorers:
        for column in scorer.columns:
            shard.scores.setdefault(column, [None] * len(shard))
    shard.unscored = shard.unscored or [{} for _ in range(len(shard))]
    for unscored in shard.unscored:
        for name in [name for name, why in unscored.items() if why == SKIPPED]:
            del unscored[name]


def settle(shard: Shard, plan: Plan) -> None:
    """Say `failed` or `skipped` for every scorer that gave a row nothing."""
    for row, error in enumerate(shard.errors):
        for scorer in plan.scorers:
            if missing(shard, row, [scorer]):
                blind = error is not None and cost(scorer) > 0
                shard.unscored[row][scorer.name] = f"{FAILED}{error}" if blind else SKIPPED


def missing(shard: Shard, row: int, scorers: Sequence[Scorer]) -> bool:
    """Return whether one of `scorers` has neither scored `row` nor failed on it."""
    return any(
        scorer.name not in shard.unscored[row] and any(shard.scores[column][row] is None for column in scorer.columns)
        for scorer in scorers
    )


def passed(shard: Shard, plan: Plan, rows: list[int], level: int) -> list[int]:
    """Return those of `rows` that no local rule on scores up to `level` takes; a row that lacks the score passes."""
    known = {column for scorer in plan.scorers if cost(scorer) <= level for column in scorer.columns}
    for rule in plan.local_rules:
        if known.issuperset(rule.columns):
            judged = [row for row in rows if all(shard.scores[column][row] is not None for column in rule.columns)]
            taken = {judged[position] for position in rule.judge(_columns(shard, judged, rule.columns))}
            rows = [row for row in rows if row not in taken]
    return rows


def _columns(shard: Shard, rows: list[int], columns: Sequence[str]) -> pa.Table:
    return pa.table(
        {"sample_id": [str(row) for row in rows]} | {c: [shard.scores[c][row] for row in rows] for c in columns}
    )


def needed(shard: Shard, plan: Plan) -> list[int]:
    """Return the rows that `Cascade.run` would score something for: the same walk, with no scoring."""
    prepare(shard, plan)
    return sorted(set(_walk(shard, plan)))


def _walk(shard: Shard, plan: Plan) -> Iterator[int]:
    rows = list(range(len(shard)))
    for level in range(len(COST)):
        if level == 1:
            rows = [row for row in rows if shard.errors[row] is None]
        scorers = [one for one in plan.scorers if cost(one) == level]
        yield from (row for row in rows if missing(shard, row, scorers))
        rows = rows if plan.score_all else passed(shard, plan, rows, level)
