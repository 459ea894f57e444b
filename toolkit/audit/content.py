"""Content kept: what pixels alone say of each picture, scored while it is decoded for the annotators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from toolkit import schema
from toolkit.audit.annotators.annotator import Picture
from toolkit.audit.subjects import PAIR, SAMPLE, Subject, keys_of, places_among
from toolkit.statistics.content import ContentScores, content_scores
from toolkit.store import RunFolder

TABLE = "content"
SHARD_ROWS = 50_000
SIDE = 64  # px: larger pictures are scaled down, so that a painted one and a scan are scored at one size
SCORES = ContentScores._fields


class ContentWriter:
    """Writes the scores of pictures to a run, a shard as soon as there are enough for one."""

    def __init__(self, run: RunFolder) -> None:
        self.run = run
        self.written = 0
        self._waiting: list[dict[str, object]] = []
        self._shards = 0

    def add(self, rows: Sequence[dict[str, object]]) -> None:
        """Take the rows of `content_rows`."""
        self._waiting += rows
        if len(self._waiting) >= SHARD_ROWS:
            self._write()

    def finish(self) -> int:
        """Write what is left; return how many pictures were scored in all."""
        if self._waiting:
            self._write()
        return self.written

    def _write(self) -> None:
        rows, self._waiting = self._waiting, []
        self.run.write_shard(TABLE, self._shards, schema.from_rows(TABLE, rows))
        self._shards += 1
        self.written += len(rows)


def content_rows(pictures: Sequence[Picture]) -> list[dict[str, object]]:
    """Return the rows of those of `pictures` that are painted or of a dataset, without the pixels."""
    return [
        {"subject_kind": one.kind, "subject_id": one.subject_id, **scores_of(one.pixels)}
        for one in pictures
        if one.kind in (SAMPLE, PAIR)
    ]


def scores_of(pixels: NDArray[np.uint8]) -> dict[str, float | None]:
    """Return the scores of RGB `pixels` at 64 px a side, by name, rounded to 1e-4; None where there is none."""
    height, width = pixels.shape[:2]
    scale = SIDE / max(height, width)
    if scale < 1:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        pixels = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BOX))
    found = content_scores(pixels)._asdict()
    return {name: None if np.isnan(score) else round(score, 4) for name, score in found.items()}


class Content(NamedTuple):
    """The scores of pictures: `values` (subjects, scores) in the order of `SCORES`; NaN where there is none."""

    values: NDArray[np.float64]

    def has(self, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return whether each of the subjects at `places` was scored."""
        return np.asarray(~np.isnan(self.values[places, SCORES.index("brightness")]))


def read_content(run: RunFolder, subjects: Sequence[Subject]) -> Content | None:
    """Return the scores of `subjects` that `run` holds; None where it holds no such table."""
    if not run.has(TABLE):
        return None
    keys = keys_of(subjects)
    values = np.full((len(subjects), len(SCORES)), np.nan)
    for shard in run.scan(TABLE):
        place = places_among(shard, keys)
        ours = np.flatnonzero(place >= 0)
        columns: list[Any] = [shard[name].to_numpy() for name in SCORES]
        values[place[ours]] = np.stack(columns, axis=1)[ours]
    return Content(values)
