"""Shares of two audits, row by row: both, their difference with an interval, p, and q over a family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from toolkit.audit.comparing.compared_place import COLUMNS, ComparedPlace
from toolkit.audit.comparing.same_noise import Changes, Key
from toolkit.audit.comparing.sides import Pair
from toolkit.audit.measuring.rows import CENSUS, UNCORRECTED, Row
from toolkit.audit.subjects import ALL
from toolkit.errors import RunError
from toolkit.statistics.comparisons import benjamini_hochberg, binomial_test
from toolkit.statistics.corrections import Estimate
from toolkit.statistics.differences import hybrid_difference, implied_p
from toolkit.statistics.paired import mcnemar
from toolkit.statistics.two_rates import equal_rates_p

SHARE = "share"
FAMILY = (
    "all slices and groups of one pair of subjects, attribute, annotator and correction; all slices together are a "
    "family of their own. q of independent pictures and paired q are two families"
)
_OTHER_SLICES = "the audits are of other slices, so that all of them together are not the same; compare each"


@dataclass(frozen=True)
class Difference(ComparedPlace):
    """A share in two audits.

    `value`, `low`, `high` are the second minus the first, in [-1, 1]. `p` and `q` take the pictures of both as
    independent; `paired_p` and `paired_q` rest on the `pairs` of pictures of one prompt and seed that could be told in
    both, of which `gained` show the group only in the second and `lost` only in the first. Two censuses have neither
    interval nor test; a model's pictures are held against a census as against fixed shares. Where nothing can be
    compared, `not_measurable` says why.
    """

    share_a: float | None
    share_b: float | None
    n_a: int
    n_b: int
    abstained_a: int
    abstained_b: int
    value: float | None = None
    low: float | None = None
    high: float | None = None
    confidence: float | None = None
    method: str | None = None
    p: float | None = None
    q: float | None = None
    pairs: int | None = None
    gained: int | None = None
    lost: int | None = None
    paired_p: float | None = None
    paired_q: float | None = None
    not_measurable: str | None = None

    @property
    def strength(self) -> float:
        """How far the interval lies from no difference, in [0, 1]; for a census, how far the difference does."""
        if self.value is None:
            return 0.0
        if self.low is None or self.high is None:
            return abs(self.value)
        return max(0.0, self.low, -self.high)

    @property
    def smallest_q(self) -> float | None:
        """The smaller one of both q; None where nothing was tested."""
        known = [one for one in (self.q, self.paired_q) if one is not None]
        return min(known) if known else None


def compare_rows(
    first: Sequence[Row], second: Sequence[Row], pairs: Sequence[Pair], changes: Mapping[Key, Changes]
) -> list[Difference]:
    """Return every `share` that both sides of one of `pairs` have, in key order; `changes` are what became of pictures
    of one prompt and seed.

    Raises RunError where no share is in both, saying what each has, and where the intervals differ in confidence.
    """
    ours, theirs = _shares(first), _shares(second)
    found, common = [], False
    for pair in pairs:
        for key in sorted({one[1:] for one in ours if one[0] == pair.first}):
            one, two = ours[(pair.first, *key)], theirs.get((pair.second, *key))
            if two is None:
                continue
            row = _sides(pair, one, two)
            others = _pooled(ours, one) ^ _pooled(theirs, two) if row.slice == ALL else frozenset()
            common = common or not others
            found.append(replace(row, not_measurable=_OTHER_SLICES) if others else _difference(row, one, two, changes))
    if not common:
        raise RunError(
            "the audits have no share in common: "
            f"the first has {_what(ours, [one.first for one in pairs])}; "
            f"the second {_what(theirs, [one.second for one in pairs])}. "
            "Audit the same probes by the same annotators"
        )
    return _adjusted(found)


def strongest(differences: Sequence[Difference], count: int | None = None) -> list[Difference]:
    """Return the differences that are told: a q of at most 0.05, or a census that changed; the strongest first.

    Of two groups that mirror each other only the one that rises is told.
    """
    told = [one for one in differences if one.value and _tellable(one)]
    told.sort(key=lambda one: (-one.strength, -abs(one.value or 0), (one.value or 0) < 0, one.place))
    seen: set[tuple[Any, ...]] = set()
    kept = []
    for one in told:
        place = (one.subject_a, one.subject_b, one.slice, one.attribute, one.annotator, one.correction)
        value = round(one.value or 0, 5)
        if (*place, -value) not in seen:
            kept.append(one)
        seen.add((*place, value))
    return kept[:count]


def _tellable(one: Difference) -> bool:
    return one.low is None if one.smallest_q is None else one.smallest_q <= 0.05


def _shares(rows: Sequence[Row]) -> dict[tuple[str, ...], Row]:
    return {(row["subject"], *(row[one] for one in COLUMNS)): row for row in rows if row["measure"] == SHARE}


def _what(shares: Mapping[tuple[str, ...], Row], subjects: Sequence[str]) -> str:
    rows = [row for key, row in shares.items() if key[0] in subjects]
    named = []
    for column in ("attribute", "annotator", "slice"):
        names = sorted({row[column] for row in rows} - {ALL})
        named.append(f"{column}s {', '.join(names[:5])}{', ...' if len(names) > 5 else ''}")
    return "; ".join(named) if rows else "none at all"


def _pooled(shares: Mapping[tuple[str, ...], Row], row: Row) -> frozenset[str]:
    """Return the slices that `row`, which is over all of them, pools."""
    alike = ("subject", "attribute", "annotator", "correction")
    return frozenset(one["slice"] for one in shares.values() if all(one[name] == row[name] for name in alike))


def _sides(pair: Pair, first: Row, second: Row) -> Difference:
    """Return both shares, not yet compared."""
    return Difference(
        subject_a=pair.first,
        subject_b=pair.second,
        slice=first["slice"],
        attribute=first["attribute"],
        group=first["group"],
        annotator=first["annotator"],
        correction=first["correction"],
        share_a=first["value"],
        share_b=second["value"],
        n_a=first["n"],
        n_b=second["n"],
        abstained_a=first["abstained"],
        abstained_b=second["abstained"],
    )


def _difference(found: Difference, first: Row, second: Row, changes: Mapping[Key, Changes]) -> Difference:
    for side, row in (("first", first), ("second", second)):
        if row["value"] is None:
            return replace(found, not_measurable=f"in the {side} audit: {row['not_measurable']}")
    fixed = [one for one in (first, second) if one["low"] is None]
    if len(fixed) == 2:
        return replace(found, value=_rounded(second["value"] - first["value"]), method=CENSUS)
    if not fixed and first["confidence"] != second["confidence"]:
        raise RunError(
            f"the intervals of the audits have a confidence of {first['confidence']} and {second['confidence']}; audit "
            "one of them again with the other's"
        )
    return _with_changes(_tested(found, first, second), changes)


def _tested(found: Difference, first: Row, second: Row) -> Difference:
    """Return `found` with the difference, its interval and p."""
    confidence = first["confidence"] or second["confidence"]
    one, two = _estimate(first), _estimate(second)
    try:
        difference = hybrid_difference(one, two)
        p, method = _test(first, second, implied_p(one, two, confidence) if found.correction != UNCORRECTED else None)
    except ValueError as error:
        return replace(found, not_measurable=str(error))
    return replace(
        found,
        value=_rounded(difference.value),
        low=_rounded(difference.low),
        high=_rounded(difference.high),
        confidence=confidence,
        method=method,
        p=float(f"{p:.4g}"),
    )


def _estimate(row: Row) -> Estimate:
    """Return the share of `row` with its interval; that of a census is a point."""
    share = row["value"]
    return Estimate(share, share, share) if row["low"] is None else Estimate(share, row["low"], row["high"])


def _test(first: Row, second: Row, corrected_p: float | None) -> tuple[float, str]:
    """Return the p of equal shares, and the name of interval and test."""
    if corrected_p is not None:
        return corrected_p, "hybrid of both intervals, normal test"
    for census, drawn in ((first, second), (second, first)):
        if census["low"] is None:
            return binomial_test(*_counts(drawn), census["value"]).p, "wilson, census fixed, exact binomial test"
    p = float(equal_rates_p(*_counts(first), *_counts(second)))
    return p, "hybrid score, Fisher's exact test"


def _counts(row: Row) -> tuple[int, int]:
    """Return hits and trials of `row`, scaled to the independent draws among its pictures."""
    n = min(row["n"], round(row["n_effective"]))
    return round(row["value"] * n), n


def _with_changes(found: Difference, changes: Mapping[Key, Changes]) -> Difference:
    key = Key(found.subject_a, found.subject_b, found.slice, found.attribute, found.group, found.annotator)
    if found.correction != UNCORRECTED or key not in changes:
        return found
    pairs, gained, lost = changes[key]
    p = float(f"{mcnemar(gained, lost).p:.4g}")
    return replace(found, pairs=pairs, gained=gained, lost=lost, paired_p=p)


def _adjusted(rows: list[Difference]) -> list[Difference]:
    """Return `rows` with q and paired q, by Benjamini-Hochberg over `FAMILY`."""
    families: dict[tuple[Any, ...], list[int]] = {}
    for place, row in enumerate(rows):
        key = (row.subject_a, row.subject_b, row.attribute, row.annotator, row.correction, row.slice == ALL)
        families.setdefault(key, []).append(place)
    for places in families.values():
        for place, q in _adjusted_p({one: rows[one].p for one in places}).items():
            rows[place] = replace(rows[place], q=q)
        for place, q in _adjusted_p({one: rows[one].paired_p for one in places}).items():
            rows[place] = replace(rows[place], paired_q=q)
    return rows


def _adjusted_p(given: Mapping[int, float | None]) -> dict[int, float]:
    known = {place: p for place, p in given.items() if p is not None}
    adjusted = benjamini_hochberg(list(known.values()))
    return {place: float(f"{q:.4g}") for place, q in zip(known, adjusted, strict=True)}


def _rounded(value: float) -> float:
    return round(float(value), 6)
