"""The labels of an audit as columns: what each annotator read of each attribute, a code a label; millions fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit.audit.annotators.skin_tone import OUTSIDE
from toolkit.audit.subjects import Subject, keys_of, places_among

COLUMNS = (
    "subject_kind",
    "subject_id",
    "instance",
    "annotator",
    "annotator_version",
    "attribute",
    "value",
    "probabilities",
    "abstained",
    "inclusion_probability",
)
ABSTAINED = -1
UNREAD = -2
REVIEW = "review"  # the annotator of labels by people; they are verdicts on the others' and no reading beside them
FIRST = 1  # the instance that stands for a picture, if it is not the whole of it (0)
Codes = NDArray[np.int64]


class Readings(NamedTuple):
    """What one annotator read of one attribute, n labels in the order of their subjects.

    `values` are all that it can read, in natural order; `value` (n,) are places in these, `ABSTAINED` where it could
    not tell, `outside` (n,) whether it then saw a colour outside human skin. `subject` (n,) are places in the list of
    subjects.
    """

    annotator: str
    annotator_version: str
    attribute: str
    values: tuple[str, ...]
    subject: Codes
    value: Codes
    outside: NDArray[np.bool_]

    def by_subject(self, count: int) -> Codes:
        """Return what was read of each of `count` subjects: a place in `values`, ABSTAINED, or UNREAD; of several
        people the first."""
        codes = np.full(count, UNREAD, np.int64)
        subject, first = np.unique(self.subject, return_index=True)
        codes[subject] = self.value[first]
        return codes


def read_labels(labels: pa.Table, subjects: Sequence[Subject]) -> list[Readings]:
    """Return the readings in `labels`, rows of the labels table, by annotator and attribute in the order of their
    names.

    A picture is what was drawn, so it is read once: where several people in it are labelled, the first (instance 1, the
    largest) stands for it. Labels of pictures that are none of `subjects` are left out, but what they read still counts
    as a value that can be read; so are those by people (see `toolkit.audit.reviews`).
    """
    whole = pc.less_equal(labels["instance"], FIRST)
    return _by_ruler(labels.filter(pc.and_(whole, pc.not_equal(labels["annotator"], REVIEW))), subjects)


def read_people(labels: pa.Table, subjects: Sequence[Subject]) -> list[Readings]:
    """Return the readings of all people in `labels`, for annotators and attributes that label several in a picture.

    A picture without anybody in it is an abstention, as is a person who could not be told.
    """
    many = labels.filter(pc.greater(labels["instance"], FIRST))
    rulers = pc.unique(_rulers(many)) if many.num_rows else pa.array([], pa.string())
    return _by_ruler(labels.filter(pc.is_in(_rulers(labels), value_set=rulers)), subjects)


def _rulers(labels: pa.Table) -> pa.Array:
    joined = pc.binary_join_element_wise(labels["annotator"], labels["attribute"], "\x1f")
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined


def _by_ruler(labels: pa.Table, subjects: Sequence[Subject]) -> list[Readings]:
    if labels.num_rows == 0:
        return []
    place = places_among(labels, keys_of(subjects))
    names, groups = np.unique(_rulers(labels).to_numpy(zero_copy_only=False).astype(str), return_inverse=True)
    return [
        _readings(labels.take(pa.array(np.flatnonzero(groups == group))), place[groups == group])
        for group in range(len(names))
    ]


def _readings(labels: pa.Table, place: Codes) -> Readings:
    read = labels["value"].combine_chunks()
    probabilities = labels["probabilities"].combine_chunks()
    can_read = {*pc.unique(read).to_pylist(), *pc.unique(probabilities.keys).to_pylist()} - {None, OUTSIDE}
    values = tuple(sorted(can_read, key=natural))
    value = pc.fill_null(pc.index_in(read, value_set=pa.array(values, pa.string())), ABSTAINED).to_numpy()
    abstained = labels["abstained"].to_numpy()
    outside = abstained & _mostly(probabilities, OUTSIDE)
    ours = np.flatnonzero(place >= 0)
    order = ours[np.argsort(place[ours], kind="stable")]
    return Readings(
        annotator=labels["annotator"][0].as_py(),
        annotator_version=pc.max(labels["annotator_version"]).as_py() or "",
        attribute=labels["attribute"][0].as_py(),
        values=values,
        subject=place[order],
        value=np.where(abstained, ABSTAINED, value).astype(np.int64)[order],
        outside=outside[order],
    )


def _mostly(probabilities: pa.MapArray, name: str) -> NDArray[np.bool_]:
    """Return for each row of a map of probabilities whether `name` is the likeliest; false for an empty one."""
    starts = probabilities.offsets.to_numpy()
    sizes = np.diff(starts)
    found = np.zeros(len(sizes), np.bool_)
    filled = np.flatnonzero(sizes > 0)
    if len(filled) == 0:
        return found
    inside = slice(int(starts[0]), int(starts[-1]))
    chance = probabilities.items.to_numpy(zero_copy_only=False)[inside].astype(np.float64)
    named = pc.equal(probabilities.keys, name).to_numpy(zero_copy_only=False)[inside]
    first = (starts[:-1] - starts[0])[filled]
    most = np.maximum.reduceat(chance, first)
    own = np.maximum.reduceat(np.where(named, chance, -1.0), first)
    found[filled] = own >= most
    return found


def natural(value: str) -> tuple[str, int]:
    """Return a sort key that puts `monk-2` before `monk-10`."""
    stem, _, number = value.rpartition("-")
    return (stem, int(number)) if number.isdigit() else (value, 0)
