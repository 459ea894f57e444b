"""Near-duplicates: candidates by a perceptual hash, each confirmed by colour and, where there are any, embeddings.

A perceptual hash alone erases people: it sees shapes, so that pictures which differ only in a skin tone, or in the
hair of a woman and a man, are the same to it. Colour tells them apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.curate.duplicates.fingerprints import colour_grids
from toolkit.curate.duplicates.hamming import join_near
from toolkit.curate.duplicates.keepers import KeepPolicy
from toolkit.curate.duplicates.row_codes import SAME_PEOPLE, row_codes
from toolkit.curate.resources import Embeddings
from toolkit.curate.rule import Scope, Status, Taken, show

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class PerceptualDuplicates:
    """Takes all but one of the pictures that look the same; `policy` says which one stays.

    Two look the same when their hashes differ in at most `distance` bits, the cells of their colour grids by at most
    `mean_colour` on average and `cell_colour` anywhere (CIELAB distance, CIE 1976; an eye sees about 2.3), and,
    with `embeddings` (content_ids -> unit vectors, NaN where there is none), their cosine is `cosine` or more.
    Rows whose captions name other people (`groups.people_named`) or skin tones are never joined.
    """

    distance: int
    mean_colour: float
    cell_colour: float
    cosine: float = 0.0
    embeddings: Embeddings | None = None
    policy: KeepPolicy = field(default_factory=KeepPolicy)
    name: str = "perceptual_duplicate"
    status: Status = "dropped"
    scope: Scope = "global"

    @property
    def columns(self) -> tuple[str, ...]:
        """What makes two rows copies, and what `policy` reads."""
        return ("content_id", "perceptual_hash", "colour_grid", *SAME_PEOPLE, *self.policy.columns)

    def judge(self, rows: pa.Table) -> Taken:
        """Return the copies that go; the value of a reason names the row that stays."""
        limit = f"{self.distance} bits, colour {show(self.mean_colour)} and {show(self.cell_colour)}"
        return self.policy.taken(self.name, limit, "looks the same as", self.clusters(rows), rows)

    def clusters(self, rows: pa.Table) -> Rows:
        """Return the first row of the cluster of each of `rows`, int64 (n,)."""
        grids = colour_grids(rows["colour_grid"].to_pylist())
        people = row_codes(rows, SAME_PEOPLE)
        content_ids = rows["content_id"].to_pylist()

        def accept(first: Rows, second: Rows) -> NDArray[np.bool_]:
            same: NDArray[np.bool_] = people[first] == people[second]
            apart = np.linalg.norm(grids[first[same]] - grids[second[same]], axis=-1)
            same[same] = (apart.mean(axis=1) <= self.mean_colour) & (apart.max(axis=1, initial=0) <= self.cell_colour)
            if self.embeddings is not None and same.any():
                same[same] = self._cosines(content_ids, first[same], second[same]) >= self.cosine
            return same

        return join_near(rows["perceptual_hash"].to_numpy(), self.distance, accept)

    def _cosines(self, content_ids: list[str], first: Rows, second: Rows) -> NDArray[np.float64]:
        assert self.embeddings is not None
        ours = self.embeddings([content_ids[row] for row in first])
        theirs = self.embeddings([content_ids[row] for row in second])
        cosines: NDArray[np.float64] = (ours.astype(np.float64) * theirs).sum(axis=1)
        return np.round(cosines, 4)
