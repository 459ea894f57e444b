"""The pictures that a measure counts, each with what its annotators said of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from toolkit.report.behind import AND, rulers_of
from toolkit.report.labels import Label
from toolkit.report.measured import ALL, NOT_TOLD, Row
from toolkit.report.subjects import Picture
from toolkit.report.tiles import READS_CAPTIONS


class Counted(NamedTuple):
    """A picture that a measure counts, and the labels it counts by: one, or one of each of two attributes."""

    picture: Picture
    labels: tuple[Label, ...]

    @property
    def told(self) -> str:
        """What was read in it, two values joined by " & "; `not told` where an annotator could not tell."""
        return told_of(self.labels)


def told_of(labels: Sequence[Label]) -> str:
    """Return the value of `labels`, several joined by " & "; `not told` where one of them has none."""
    if not labels or any(one.abstained or one.value is None for one in labels):
        return NOT_TOLD
    return AND.join(str(one.value) for one in labels)


def counted(pictures: Iterable[Picture], labels: Mapping[tuple[str, str], Sequence[Label]], row: Row) -> list[Counted]:
    """Return the pictures of the subject and slice of `row` that its annotators read, abstentions too, each once.

    A dataset picture counts where its caption is neutral; the annotator that reads captions counts them all. Where
    `row` is of two attributes together, pictures count that both annotators read.
    """
    wanted = rulers_of(row)
    found: dict[tuple[str, tuple[Label, ...]], Picture] = {}
    for one in pictures:
        neutral = one.neutral or row["annotator"] == READS_CAPTIONS
        if one.subject != row["subject"] or row["slice"] not in (one.slice, ALL) or not neutral:
            continue
        said = labels.get((one.kind, one.subject_id), ())
        mine = [[label for label in said if (label.annotator, label.attribute) == ruler] for ruler in wanted]
        if len(mine) == 1:
            for label in mine[0]:
                found.setdefault((one.subject_id, (label,)), one)
        elif all(mine):
            found.setdefault((one.subject_id, tuple(some[0] for some in mine)), one)
    return [Counted(one, some) for (_, some), one in found.items()]
