"""Near-duplicates: pictures that look the same, and whose captions and embeddings do not say otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit.curate.duplicates.alike import look_alike
from toolkit.curate.duplicates.banded_join import PartByPart
from toolkit.curate.duplicates.clusters import Clusters
from toolkit.curate.duplicates.content_cosines import content_cosines
from toolkit.curate.duplicates.equal_rows import first_of_equal
from toolkit.curate.duplicates.fingerprint_file import FINGERPRINT, FingerprintFile
from toolkit.curate.duplicates.fingerprinted import Fingerprinted, Rows
from toolkit.curate.duplicates.keepers import KeepPolicy, clustered
from toolkit.curate.duplicates.looks import Looks
from toolkit.curate.duplicates.row_codes import SAME_PEOPLE, row_codes
from toolkit.curate.resources import Embeddings
from toolkit.curate.rule import Scope, Status, Taken

_SAME_PEOPLE_TOLD = (*SAME_PEOPLE, "told")


@dataclass(frozen=True)
class PerceptualDuplicates:
    """Takes all but one of the pictures that look the same, as `looks` has it; `policy` says which one stays. What they
    look like is read from `fingerprints`.

    With `embeddings` (content_ids -> unit vectors, NaN where there is none), their cosine is `cosine` or more, too.
    Rows whose captions name other people (`groups.people_named`) or skin tones are never joined, rows that name a skin
    tone only where their captions are the same but for numbers, case and punctuation, and mirror images not where
    captions name other sides. How `large` searches are done: see `hamming.search`; what is joined on disk lies in
    `folder`.
    """

    looks: Looks
    cosine: float = 0.0
    embeddings: Embeddings | None = None
    fingerprints: FingerprintFile | None = None
    policy: KeepPolicy = field(default_factory=KeepPolicy)
    large: PartByPart | None = None
    folder: Path | None = None
    name: str = "perceptual_duplicate"
    status: Status = "dropped"
    scope: Scope = "global"

    @property
    def columns(self) -> tuple[str, ...]:
        """What makes two rows copies, and what `policy` reads."""
        contents = () if self.embeddings is None else ("content_id",)
        return (*contents, FINGERPRINT, *SAME_PEOPLE, "caption_template", "sides_named", *self.policy.columns)

    def judge(self, rows: pa.Table) -> Taken:
        """Return the copies that go; the value of a reason names the row that stays."""
        labels, alike = self.clusters(rows)
        taken = self.policy.taken(self.name, self.looks.wording, "looks the same as", labels, rows)
        return taken._replace(related=clustered(alike))

    def clusters(self, rows: pa.Table) -> tuple[Rows, Rows]:
        """Return the first row of the cluster of each of `rows`, and that of those which look the same, whatever their
        embeddings say, int64 (n,).

        Rows of the same fingerprint are one for the search: a hundred thousand blank pictures cost no more than one.
        Embeddings are asked about one row of each, and of fewer rows that may be another: looks alone say which rows
        decide about one another.
        """
        told = _with_told(rows)
        first = first_of_equal(told, FINGERPRINT, (*_SAME_PEOPLE_TOLD, "sides_named"), self.folder)
        alike = Clusters(len(first))
        same = np.flatnonzero(first != np.arange(len(first)))
        alone = same[~self._accept(rows, alike, first[same], same)]
        first[alone] = alone
        labels = first.copy()
        ones = np.flatnonzero(first == np.arange(len(first)))
        labels[ones] = ones[self._look_alike(told, alike, ones)]
        return labels[first], alike.labels()

    def _look_alike(self, told: pa.Table, alike: Clusters, ones: Rows) -> Rows:
        """Return the first of the cluster of each of the rows `ones` of `told`, as places in `ones`."""
        assert self.fingerprints is not None, "rows are judged once their fingerprints are gathered"
        sides = row_codes(told, ("sides_named",))

        def accept_flipped(i: Rows, j: Rows) -> NDArray[np.bool_]:
            same: NDArray[np.bool_] = sides[ones[i]] == sides[ones[j]]
            same[same] = self._accept(told, alike, ones[i[same]], ones[j[same]])
            return same

        return look_alike(
            Fingerprinted.of(told[FINGERPRINT].to_numpy()[ones], self.fingerprints),
            self.looks,
            row_codes(told, _SAME_PEOPLE_TOLD)[ones],
            lambda i, j: self._accept(told, alike, ones[i], ones[j]),
            accept_flipped,
            self.large,
        )

    def _accept(self, rows: pa.Table, alike: Clusters, first: Rows, second: Rows) -> NDArray[np.bool_]:
        """Return whether the embeddings of rows `first` and `second`, which look the same, let them be copies; add
        them to `alike`."""
        alike.join(first, second)
        if self.embeddings is None:
            return np.ones(len(first), bool)
        contents = rows["content_id"]
        return content_cosines(self.embeddings, contents, contents, first, second) >= self.cosine


def _with_told(rows: pa.Table) -> pa.Table:
    """Return `rows` with a column `told`: the caption where it names a skin tone, else ""."""
    named = pc.not_equal(rows["skin_tone_named"], "")
    return rows.append_column("told", pc.if_else(named, rows["caption_template"], ""))
