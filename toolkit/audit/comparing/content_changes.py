"""What pixels say of the pictures of two audits: whether they became brighter, or groups are painted more unlike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import erfc, hypot, sqrt

import numpy as np
from numpy.typing import NDArray

from toolkit.audit.comparing.compared_place import ComparedPlace
from toolkit.audit.comparing.same_noise import Painted
from toolkit.audit.comparing.sides import Pair
from toolkit.audit.comparing.twin_vectors import twin_places
from toolkit.audit.content import SCORES, TABLE, read_content
from toolkit.audit.measuring.content import BETWEEN, CONTENT, PIXELS
from toolkit.audit.measuring.means import redrawn
from toolkit.audit.measuring.rows import UNCORRECTED, Row
from toolkit.audit.subjects import ALL
from toolkit.statistics.comparisons import benjamini_hochberg
from toolkit.statistics.intervals import normal_quantile
from toolkit.statistics.resampling import clustered_mean_test
from toolkit.store import RunFolder


@dataclass(frozen=True)
class ContentChange(ComparedPlace):
    """A figure of pixels over all concepts, in two audits: `group` names the score, or the score and the groups whose
    means it is the difference of. `value` is the second minus the first, with its interval and q over all of a pair.
    `pairs` are pictures of one prompt and seed, None where both figures are of all pictures."""

    mean_a: float
    mean_b: float
    value: float
    low: float
    high: float
    pairs: int | None
    p: float
    q: float

    @property
    def sentence(self) -> str:
        """The change in words."""
        means = f"{self.mean_a:.2f} -> {self.mean_b:.2f} ({self.value:+.2f} [{self.low:+.2f}, {self.high:+.2f}])"
        q = "q < 0.001" if self.q < 0.001 else f"q {self.q:.3f}"
        of = "" if self.pairs is None else f", {self.pairs} pairs of one seed"
        return f"{self.subject_b}, over all probes: {self.group} {means}{of}, {q}"


def content_changes(
    runs: tuple[RunFolder, RunFolder],
    painted: tuple[Painted, Painted],
    pair: Pair,
    measures: tuple[Sequence[Row], Sequence[Row]],
    confidence: float = 0.95,
) -> list[ContentChange]:
    """Return the changes between two audits that are told, q (Benjamini-Hochberg) at most 0.05: of the mean of each
    score of `toolkit.statistics.content`, by Student's t over pictures of one prompt and seed, and of how far groups
    are painted apart, where they are farther apart than before, by the errors that both intervals imply."""
    found = [*_means(runs, painted, pair, confidence), *_between(pair, measures, confidence)]
    adjusted = benjamini_hochberg([one.p for one in found])
    rows = [replace(one, q=float(f"{q:.4g}")) for one, q in zip(found, adjusted, strict=True)]
    told = [one for one in rows if one.q <= 0.05 and (one.pairs is not None or abs(one.mean_b) > abs(one.mean_a))]
    return sorted(told, key=lambda one: (one.q, one.group))


def _means(
    runs: tuple[RunFolder, RunFolder], painted: tuple[Painted, Painted], pair: Pair, confidence: float
) -> list[ContentChange]:
    holders = [run.find(TABLE) for run in runs]
    if holders[0] is None or holders[1] is None:
        return []
    scores = [read_content(holder, one.subjects) for holder, one in zip((holders[0], holders[1]), painted, strict=True)]
    if scores[0] is None or scores[1] is None:
        return []
    names = [twin_places(one.subjects, origin) for one, origin in zip(painted, pair, strict=True)]
    common = sorted(names[0].keys() & names[1].keys())
    first, second = (
        one.values[[side[name] for name in common]] for one, side in zip((scores[0], scores[1]), names, strict=True)
    )
    found = []
    for index, score in enumerate(SCORES):
        has = np.flatnonzero(~np.isnan(first[:, index] + second[:, index])) if common else np.zeros(0, np.int64)
        clusters = redrawn([common[one][0] for one in has], [common[one][1] for one in has])
        if clusters is not None:
            sides = first[has, index], second[has, index]
            found += _mean(pair, score, sides, clusters[0], confidence)
    return found


def _mean(
    pair: Pair,
    score: str,
    sides: tuple[NDArray[np.float64], NDArray[np.float64]],
    clusters: Sequence[int],
    confidence: float,
) -> list[ContentChange]:
    from scipy.stats import t  # slow to import

    change = sides[1] - sides[0]
    test = clustered_mean_test(change, clusters, 0.0)
    if test.p is None:  # no picture changed, or all by the same
        return []
    half = float(t.ppf(0.5 + confidence / 2, len(set(clusters)) - 1)) * test.error
    means, value = [float(one.mean()) for one in sides], float(change.mean())
    ends = _rounded(*means, value, value - half, value + half)
    return [_change(pair, CONTENT, score, PIXELS, ends, len(change), test.p)]


def _between(pair: Pair, measures: tuple[Sequence[Row], Sequence[Row]], confidence: float) -> list[ContentChange]:
    sides = [
        {(row["attribute"], row["annotator"], row["group"]): row for row in rows if _is_between(row, subject)}
        for rows, subject in zip(measures, pair, strict=True)
    ]
    z, found = normal_quantile(0.5 + confidence / 2), []
    for key in sorted(sides[0].keys() & sides[1].keys()):
        one, two = sides[0][key], sides[1][key]
        half = hypot(*((row["high"] - row["low"]) / 2 for row in (one, two)))
        if half > 0:
            value = two["value"] - one["value"]
            ends = _rounded(one["value"], two["value"], value, value - half, value + half)
            p = erfc(abs(value) / (half / z) / sqrt(2))
            found.append(_change(pair, key[0], key[2], key[1], ends, None, p))
    return found


def _is_between(row: Row, subject: str) -> bool:
    named = row["measure"] == BETWEEN and row["subject"] == subject and row["slice"] == ALL
    return named and row["value"] is not None and row["low"] is not None


def _change(
    pair: Pair, attribute: str, group: str, annotator: str, ends: tuple[float, ...], pairs: int | None, p: float
) -> ContentChange:
    mean_a, mean_b, value, low, high = ends
    return ContentChange(
        subject_a=pair.first,
        subject_b=pair.second,
        slice=ALL,
        attribute=attribute,
        group=group,
        annotator=annotator,
        correction=UNCORRECTED,
        mean_a=mean_a,
        mean_b=mean_b,
        value=value,
        low=low,
        high=high,
        pairs=pairs,
        p=float(f"{p:.4g}"),
        q=1.0,
    )


def _rounded(*values: float) -> tuple[float, ...]:
    return tuple(round(one, 6) for one in values)
