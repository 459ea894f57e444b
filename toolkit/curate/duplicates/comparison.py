"""The tests by which rows are copies of another table's rows, one after the other, and the reasons they give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit.curate.duplicates.banded_join import PartByPart
from toolkit.curate.duplicates.content_cosines import content_cosines
from toolkit.curate.duplicates.fingerprint_file import FINGERPRINT, FingerprintFile
from toolkit.curate.duplicates.look_matches import look_matches
from toolkit.curate.duplicates.looks import Looks
from toolkit.curate.duplicates.matches import Matches, cosine_matches, equal_matches
from toolkit.curate.resources import Embeddings
from toolkit.curate.rule import Reason, Taken, show
from toolkit.engine.chunks import values_at


@dataclass(frozen=True)
class Comparison:
    """What makes a row a copy of another table's: the same bytes (`exact`), the same `looks` (None: not looked at), a
    `cosine` of `embeddings` (None: not compared), the same `captions` but for numbers, case and punctuation.

    In each test the columns `same` must be equal too; for looks also `looks_same`, and where both rows have embeddings
    their cosine must be `looks_cosine` or more (None: it may be any). `fingerprints` holds those of both tables;
    vectors lie in `folder` while they are compared. How `large` searches are done: see `hamming.search`.
    """

    exact: bool
    looks: Looks | None
    cosine: float | None = None
    captions: bool = False
    same: tuple[str, ...] = ()
    looks_same: tuple[str, ...] = ()
    looks_cosine: float | None = None
    embeddings: Embeddings | None = None
    fingerprints: FingerprintFile | None = None
    folder: Path | None = None
    large: PartByPart | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that both tables must have, beside sample_id."""
        return tuple(dict.fromkeys(["content_id", *(column for test in self._tests() for column in test.columns)]))

    def taken(self, rows: pa.Table, others: pa.Table, rule: str, name_of: Callable[[int], str]) -> Taken:
        """Return those of `rows` that are copies of one of `others`, as taken by `rule`.

        `name_of` names a row of `others`, for example `row 1f3a of RUN`. The value of a reason is its sample_id.
        """
        left = np.arange(rows.num_rows)
        found: list[_Found] = []
        for test in self._tests():
            compared = rows.select(test.columns)
            compared = compared if len(left) == rows.num_rows else compared.take(pa.array(left))
            matches = test.match(compared, others)
            found.append(_Found(test, matches._replace(rows=left[matches.rows])))
            left = np.setdiff1d(left, found[-1].matches.rows, assume_unique=True)
        return _taken(found, others["sample_id"], rule, name_of)

    def _tests(self) -> list[_Test]:
        """Return the tests that are asked for, the surest first."""
        same, tests = list(self.same), []
        if self.exact:
            equal = ["content_id", *same]
            tests.append(_Test(equal, "", _byte_for_byte, lambda rows, others: equal_matches(rows, others, equal)))
        if (looks := self.looks) is not None:
            columns = ["content_id", FINGERPRINT, *same, *self.looks_same]
            tests.append(_Test(columns, looks.wording, _looks_the_same, partial(self._alike, looks)))
        if (cosine := self.cosine) is not None:
            tests.append(_Test(["content_id", *same], f"cosine {show(cosine)}", _shows_the_same, self._near))
        if self.captions:
            tests.append(_Test(["caption_template", *same], "", _same_caption, partial(_caption_matches, same=same)))
        return tests

    def _alike(self, looks: Looks, rows: pa.Table, others: pa.Table) -> Matches:
        def accept(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.bool_]:
            if self.embeddings is None or self.looks_cosine is None:
                return np.ones(len(first), bool)
            contents = rows["content_id"], others["content_id"]
            cosines = content_cosines(self.embeddings, *contents, first, second)
            return np.asarray(np.isnan(cosines) | (cosines >= self.looks_cosine), bool)

        assert self.fingerprints is not None, "rows are compared once their fingerprints are gathered"
        return look_matches(rows, others, self.fingerprints, looks, [*self.same, *self.looks_same], accept, self.large)

    def _near(self, rows: pa.Table, others: pa.Table) -> Matches:
        assert self.cosine is not None, "embeddings are compared where a cosine is asked for"
        assert self.embeddings is not None, "a cosine is asked for with a pairing model only"
        return cosine_matches(rows, others, self.same, self.cosine, self.embeddings, self.folder)


def _caption_matches(rows: pa.Table, others: pa.Table, same: list[str]) -> Matches:
    """Return the rows with the caption of one of `others`; a caption without a word is nobody's copy."""
    found = equal_matches(rows, others, ["caption_template", *same])
    worded = pc.not_equal(values_at(rows["caption_template"], found.rows), "").to_numpy(zero_copy_only=False)
    return Matches(found.rows[worded], found.theirs[worded], found.measured[worded])


class _Test(NamedTuple):
    """One test: the columns that it compares, its limit, the sentence on a match (of the other row's name and what was
    measured), and the search."""

    columns: list[str]
    limit: str
    sentence: Callable[[str, float], str]
    match: Callable[[pa.Table, pa.Table], Matches]


class _Found(NamedTuple):
    test: _Test
    matches: Matches


def _byte_for_byte(name: str, _: float) -> str:
    return f"the same picture, byte for byte, as {name}"


def _looks_the_same(name: str, bits: float) -> str:
    return f"looks the same as {name}; their hashes differ in {bits:.0f} of 64 bits"


def _shows_the_same(name: str, cosine: float) -> str:
    return f"shows nearly the same as {name}; the cosine of their embeddings is {show(cosine)}"


def _same_caption(name: str, _: float) -> str:
    return f"has the caption of {name}, but for numbers, case and punctuation"


def _taken(found: list[_Found], sample_ids: pa.ChunkedArray, rule: str, name_of: Callable[[int], str]) -> Taken:
    empty: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
    rows = np.concatenate(empty + [one.matches.rows for one in found])
    order = np.argsort(rows, kind="stable")
    theirs = np.concatenate(empty + [one.matches.theirs for one in found])[order]
    measured = np.concatenate([np.zeros(0), *(one.matches.measured for one in found)])[order]
    by_test = np.repeat(np.arange(len(found)), [len(one.matches.rows) for one in found])[order]

    def explain(index: int) -> Reason:
        test, other = found[by_test[index]].test, int(theirs[index])
        text = test.sentence(name_of(other), float(measured[index]))
        return Reason(rule, sample_ids[other].as_py(), test.limit, text)

    return Taken(rows[order], explain)
