"""Near-duplicates: pictures that look the same, and whose captions and embeddings do not say otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit.curate.duplicates.alike import LOOKS, Fingerprinted, Rows, look_alike
from toolkit.curate.duplicates.keepers import KeepPolicy
from toolkit.curate.duplicates.looks import Looks
from toolkit.curate.duplicates.row_codes import SAME_PEOPLE, first_of_each, row_codes
from toolkit.curate.resources import Embeddings
from toolkit.curate.rule import Scope, Status, Taken

_SAME_PEOPLE_TOLD = (*SAME_PEOPLE, "told")


@dataclass(frozen=True)
class PerceptualDuplicates:
    """Takes all but one of the pictures that look the same, as `looks` has it; `policy` says which one stays.

    With `embeddings` (content_ids -> unit vectors, NaN where there is none), their cosine is `cosine` or more, too.
    Rows whose captions name other people (`groups.people_named`) or skin tones are never joined, rows that name a skin
    tone only where their captions are the same but for numbers, case and punctuation, and mirror images not where
    captions name other sides.
    """

    looks: Looks
    cosine: float = 0.0
    embeddings: Embeddings | None = None
    policy: KeepPolicy = field(default_factory=KeepPolicy)
    name: str = "perceptual_duplicate"
    status: Status = "dropped"
    scope: Scope = "global"

    @property
    def columns(self) -> tuple[str, ...]:
        """What makes two rows copies, and what `policy` reads."""
        return ("content_id", *LOOKS, *SAME_PEOPLE, "caption_template", "sides_named", *self.policy.columns)

    def judge(self, rows: pa.Table) -> Taken:
        """Return the copies that go; the value of a reason names the row that stays."""
        return self.policy.taken(self.name, self.looks.wording, "looks the same as", self.clusters(rows), rows)

    def clusters(self, rows: pa.Table) -> Rows:
        """Return the first row of the cluster of each of `rows`, int64 (n,).

        Rows of the same fingerprint are one for the search: a hundred thousand blank pictures cost no more than one.
        """
        rows = _with_told(rows)
        first = first_of_each(row_codes(rows, (*LOOKS, *_SAME_PEOPLE_TOLD, "sides_named")))
        alone = ~self._accept(rows, first, np.arange(len(first)))
        first[alone] = np.flatnonzero(alone)
        labels = first.copy()
        ones = np.flatnonzero(first == np.arange(len(first)))
        labels[ones] = ones[self._look_alike(rows.take(pa.array(ones)))]
        return labels[first]

    def _look_alike(self, rows: pa.Table) -> Rows:
        """Return the first row of the cluster of each of `rows`."""
        sides = row_codes(rows, ("sides_named",))
        return look_alike(
            Fingerprinted.of(rows),
            self.looks,
            row_codes(rows, _SAME_PEOPLE_TOLD),
            lambda i, j: self._accept(rows, i, j),
            lambda i, j: (sides[i] == sides[j]) & self._accept(rows, i, j),
        )

    def _accept(self, rows: pa.Table, first: Rows, second: Rows) -> NDArray[np.bool_]:
        """Return whether the embeddings of rows `first` and `second` let them be copies."""
        if self.embeddings is None:
            return np.ones(len(first), bool)
        ours, theirs = (
            self.embeddings(rows["content_id"].take(pa.array(some)).to_pylist()) for some in (first, second)
        )
        cosines = np.round((ours.astype(np.float64) * theirs).sum(axis=1), 4)
        return np.asarray(cosines >= self.cosine, bool)


def _with_told(rows: pa.Table) -> pa.Table:
    """Return `rows` with a column `told`: the caption where it names a skin tone, else ""."""
    named = pc.not_equal(rows["skin_tone_named"], "")
    return rows.append_column("told", pc.if_else(named, rows["caption_template"], ""))
