"""Two attributes read of the same pictures together: the share of each pair of values, and whether they go together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.readings import ABSTAINED, Readings
from toolkit.audit.measuring.rows import CENSUS, Row, make_row
from toolkit.audit.measuring.tallies import CAPTION_WORDS, Place, Tally, count_labels, is_census
from toolkit.audit.subjects import ALL
from toolkit.statistics.independence import dependence, excess
from toolkit.statistics.intervals import wilson

SHARE, EXCESS, DEPENDENCE = "intersection_share", "intersection_excess", "intersection_dependence"
AND = " & "  # between the two attributes, annotators and values: "woman & monk-3"
SMALL = 10  # pictures of a cell, below which it is marked
MARGINS = "product of the margins"
Counts = NDArray[np.int64]


class _Crossed(NamedTuple):
    """Two readings of the same pictures; `readings` holds both as one, its values are all pairs of theirs."""

    first: Readings
    second: Readings
    readings: Readings

    def table(self, tally: Tally) -> Counts:
        """Return the counts of `tally` by the values of the first (rows) and of the second (columns)."""
        flat = [tally.values[value] for value in self.readings.values]
        return np.array(flat, np.int64).reshape(len(self.first.values), len(self.second.values))


def measure_intersections(evidence: Evidence) -> list[Row]:
    """Return, for the pairs of attributes of `evidence.intersections`, every two annotators that read them, and every
    subject, each concept and all together:

    - `intersection_share`: the share of pictures read as both values. Wilson interval; `floor` as of the next.
    - `intersection_excess`: that share minus the product of the two shares, by how much the two values meet more often
      than if they had nothing to do with each other. `p` is exact (Fisher).
    - `intersection_dependence`: Cramer's V of all cells, `p` by 9,999 tables of the same margins.

    `attribute`, `annotator` and `group` name both, joined by " & ": `woman & monk-3`. Rows are of values that were both
    read there; what is not read at all has its share of 0 among the shares. A picture that either annotator abstained
    on is abstained. Cells of fewer than 10 pictures are marked `small` in `method`. Annotators that are not reliable
    are not crossed, and one row says so.
    """
    crossed, rows = [], []
    for first, second in _pairs(evidence):
        both = Place(ALL, ALL, _joined(first.attribute, second.attribute), _joined(first.annotator, second.annotator))
        doubted = [one for one in (first, second) if (one.annotator, one.attribute) in evidence.doubted]
        if doubted:
            names = " and ".join(one.annotator for one in doubted)
            why = f"{names}: not shown to agree with known truth often enough, so that its errors would be crossed"
            origins = sorted(
                {
                    one.subject
                    for one in evidence.tallies.counts
                    if (one.annotator, one.attribute) == (first.annotator, first.attribute)
                }
            )
            rows += [
                make_row(both._replace(subject=one), ALL, DEPENDENCE, Tally(), not_measurable=why) for one in origins
            ]
        else:
            crossed.append(_cross(first, second, both, len(evidence.subjects)))
    tallies = count_labels(evidence.subjects, [one.readings for one in crossed])
    by_name = {(one.readings.annotator, one.readings.attribute): one for one in crossed}
    for place, tally in sorted(tallies.counts.items()):
        rows += _rows(place, tally, by_name[place.annotator, place.attribute], evidence.confidence)
    return rows


def _pairs(evidence: Evidence) -> list[tuple[Readings, Readings]]:
    """Return the readings of pictures, two at a time, whose attributes are to be crossed."""
    seen = [one for one in evidence.readings if one.annotator != CAPTION_WORDS]
    return [
        (first, second)
        for one, other in evidence.intersections
        for first, second in product(seen, seen)
        if (first.attribute, second.attribute) == (one, other)
    ]


def _joined(first: str, second: str) -> str:
    return f"{first}{AND}{second}"


def _cross(first: Readings, second: Readings, both: Place, count: int) -> _Crossed:
    one, other = first.by_subject(count), second.by_subject(count)
    subject = np.intersect1d(first.subject, second.subject)
    told = (one[subject] > ABSTAINED) & (other[subject] > ABSTAINED)
    readings = Readings(
        annotator=both.annotator,
        annotator_version=_joined(first.annotator_version, second.annotator_version),
        attribute=both.attribute,
        values=tuple(_joined(*values) for values in product(first.values, second.values)),
        subject=subject,
        value=np.where(told, one[subject] * len(second.values) + other[subject], ABSTAINED),
        outside=np.zeros(len(subject), np.bool_),
    )
    return _Crossed(first, second, readings)


def _rows(place: Place, tally: Tally, crossed: _Crossed, confidence: float) -> list[Row]:
    table = crossed.table(tally)
    rows, columns = (np.flatnonzero(table.sum(axis=axis)) for axis in (1, 0))
    if len(rows) < 2 or len(columns) < 2:
        return [make_row(place, ALL, DEPENDENCE, tally, not_measurable=_why(tally, len(rows), len(columns), crossed))]
    table = table[np.ix_(rows, columns)]
    names = [
        _joined(crossed.first.values[row], crossed.second.values[column]) for row, column in product(rows, columns)
    ]
    if is_census(place.subject):
        return _census(place, tally, table, names)
    drawn = _drawn(table, tally)
    n = int(drawn.sum())
    if np.count_nonzero(drawn.sum(axis=1)) < 2 or np.count_nonzero(drawn.sum(axis=0)) < 2:
        why = f"{tally.n} pictures of {tally.independent} draws; too few to tell whether two attributes go together"
        return [make_row(place, ALL, DEPENDENCE, tally, not_measurable=why)]
    found, whole = excess(drawn, confidence), dependence(drawn, confidence)
    fixed: dict[str, Any] = {"confidence": confidence, "reference": MARGINS}
    made = [make_row(place, ALL, DEPENDENCE, tally, **whole.v._asdict(), **fixed, floor=whole.floor, p=whole.p,
                     method="noncentral chi-square")]  # fmt: skip
    shares = _excess_of(table)
    for name, (row, column) in zip(names, np.ndindex(*table.shape), strict=True):
        count = int(table[row, column])
        small = f"; small: {count} pictures" if count < SMALL else ""
        share, floor = count / tally.n, float(found.floor[row, column])
        low, high = wilson(int(drawn[row, column]), n, confidence)
        ends = {"value": share, "low": min(low, share), "high": max(high, share), "method": f"wilson{small}"}
        made.append(make_row(place, name, SHARE, tally, **ends, confidence=confidence))
        value = float(shares[row, column])
        low, high = float(found.low[row, column]), float(found.high[row, column])
        ends = {"value": value, "low": min(low, value), "high": max(high, value), "floor": floor}
        ends |= {"p": float(found.p[row, column]), "method": f"shares drawn from the counts{small}"}
        made.append(make_row(place, name, EXCESS, tally, **ends, **fixed))
    return made


def _why(tally: Tally, rows: int, columns: int, crossed: _Crossed) -> str:
    if tally.n == 0:
        return f"one of the annotators abstained on each of {tally.abstained} pictures"
    alone = crossed.first.attribute if rows < 2 else crossed.second.attribute
    return f"one value of {alone} alone was read there: nothing can go together with it"


def _census(place: Place, tally: Tally, table: Counts, names: Sequence[str]) -> list[Row]:
    shares = _excess_of(table)
    made = []
    for name, (row, column) in zip(names, np.ndindex(*table.shape), strict=True):
        count = int(table[row, column])
        method = f"{CENSUS}; small: {count} pictures" if count < SMALL else CENSUS
        made.append(make_row(place, name, SHARE, tally, value=count / tally.n, method=method))
        value = float(shares[row, column])
        made.append(make_row(place, name, EXCESS, tally, value=value, method=method, reference=MARGINS))
    v = dependence(table).v.value
    return [*made, make_row(place, ALL, DEPENDENCE, tally, value=v, reference=MARGINS)]


def _excess_of(table: Counts) -> NDArray[np.float64]:
    """Return the share of every cell minus the product of its margins."""
    shares = table / table.sum()
    return np.asarray(shares - np.outer(shares.sum(axis=1), shares.sum(axis=0)))


def _drawn(table: Counts, tally: Tally) -> Counts:
    """Return `table` scaled to the number of independent draws."""
    if tally.independent >= tally.n:
        return table
    return np.asarray(np.round(table * tally.independent / tally.n), np.int64)
