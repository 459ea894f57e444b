"""Semantic duplicates: pictures that a pairing network takes for one (SemDeDup: Abbas et al., arXiv 2303.09540)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.curate.duplicates.clusters import Clusters
from toolkit.curate.duplicates.cosine_search import cell_count, make_cells, near_by_cosine
from toolkit.curate.duplicates.keepers import KeepPolicy, clustered
from toolkit.curate.duplicates.row_codes import SAME_PEOPLE, row_codes
from toolkit.curate.duplicates.vector_file import FoundVectors, vectors_on_disk
from toolkit.curate.resources import Embeddings
from toolkit.curate.rule import Scope, Status, Taken, show
from toolkit.engine.chunks import values_at


@dataclass(frozen=True)
class SemanticDuplicates:
    """Takes all but one of the pictures whose embeddings have a cosine of `cosine` or more, directly or by a chain.

    Rows whose captions name other people (`groups.people_named`) or skin tones are never joined, and rows without an
    embedding are nobody's copies. `embeddings` are looked up by content_id, and lie in a nameless file in `folder`
    while they are compared.
    """

    cosine: float
    embeddings: Embeddings | None = None
    folder: Path | None = None
    policy: KeepPolicy = field(default_factory=KeepPolicy)
    name: str = "semantic_duplicate"
    status: Status = "dropped"
    scope: Scope = "global"

    @property
    def columns(self) -> tuple[str, ...]:
        """What makes two rows copies, and what `policy` reads."""
        return ("content_id", *SAME_PEOPLE, *self.policy.columns)

    def judge(self, rows: pa.Table) -> Taken:
        """Return the copies that go; the value of a reason names the row that stays.

        Of a part of the rows, as many are found among the related ones as among all: what the search of many rows
        misses, it misses in both.
        """
        if not rows.num_rows:
            return Taken.nothing()._replace(related=np.zeros(0, np.int64))
        labels = self._labels(rows)
        taken = self.policy.taken(self.name, f"cosine {show(self.cosine)}", "shows nearly the same as", labels, rows)
        return taken._replace(related=clustered(labels))

    def _labels(self, rows: pa.Table) -> NDArray[np.int64]:
        """Return a number for each row, equal within a cluster; a picture in several rows is compared once."""
        people = row_codes(rows, SAME_PEOPLE)
        pictures = row_codes(rows, ("content_id", *SAME_PEOPLE))
        _, first, place = np.unique(pictures, return_index=True, return_inverse=True)
        content_ids = values_at(rows["content_id"], first).to_pylist()
        labels = np.arange(len(first))
        assert self.embeddings is not None, "semantic copies are asked for with a pairing model only"
        with vectors_on_disk(content_ids, self.embeddings, self.folder) as found:
            labels[found.places] = found.places[self._joined(found, people[first][found.places])]
        of_rows: NDArray[np.int64] = labels[place]
        return of_rows

    def _joined(self, found: FoundVectors, people: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return for each vector the first vector of its cluster."""
        clusters = Clusters(len(found.vectors))
        cells = make_cells(found.vectors, cell_count(len(found.vectors)))
        for pairs in near_by_cosine(found.vectors, found.vectors, self.cosine, cells):
            same = (people[pairs.first] == people[pairs.second]) & (pairs.first != pairs.second)
            clusters.join(pairs.first[same], pairs.second[same])
        return clusters.labels()
