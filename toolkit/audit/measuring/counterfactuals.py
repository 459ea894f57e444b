"""What one word in a prompt changes: pictures painted from the same noise under two values of an attribute."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.means import mean_interval
from toolkit.audit.measuring.pooled import models_of
from toolkit.audit.measuring.readings import ABSTAINED, UNREAD
from toolkit.audit.measuring.rows import Row, make_row
from toolkit.audit.measuring.tallies import Place, Tally
from toolkit.audit.subjects import ALL, SAMPLE, Subject
from toolkit.statistics.paired import mcnemar, paired_difference

MEASURE = "counterfactual_effect"
_NONE = (
    "no two probes differ in an attribute alone and were painted from the same noise; list attributes in the probe file"
)


class Contrast(NamedTuple):
    """One `value` of the attribute `name` of probes against its `counterpart`, which the probe file lists first."""

    origin: str
    name: str
    value: str
    counterpart: str


class Matched(NamedTuple):
    """Two pictures, places in the list of subjects, that differ in one attribute alone, and whose noise is the same.

    `pair_id` is that of their prompt, `seed` that of their noise.
    """

    first: int
    second: int
    concept: str
    pair_id: str
    seed: int


def measure_counterfactuals(evidence: Evidence) -> list[Row]:
    """Return the effect of each value of each attribute of the probes on the share of each value read in pictures.

    `counterfactual_effect` is the mean over pairs of pictures of one prompt and one noise of [read under the value] -
    [read under the counterpart], in [-1, 1]; `group` names the value read and the attribute, `reference` the
    counterpart. `n` is the pairs in which both could be told, `abstained` the others. The interval redraws whole
    prompts (draws where there are few), and is at least that of Bonett and Price, so that no change in a few pairs is
    not taken for certainty. `p` is McNemar's exact test; pairs that share their noise count once, by what most of them
    did.
    """
    found = contrasts(evidence.subjects)
    codes = [(one, one.by_subject(len(evidence.subjects))) for one in evidence.readings]
    rows: list[Row] = []
    for place, tally in models_of(evidence):
        mine = [contrast for contrast in found if contrast.origin == place.subject]
        if not mine and place.slice == ALL:
            rows.append(make_row(place, ALL, MEASURE, tally, not_measurable=_NONE))
        read = [pair for pair in codes if (pair[0].annotator, pair[0].attribute) == (place.annotator, place.attribute)]
        for contrast in mine:
            pairs = [one for one in found[contrast] if place.slice in (ALL, one.concept)]
            if pairs:
                rows += _rows(place, contrast, pairs, read[0][0].values, read[0][1], evidence.confidence)
    return rows


def group_of(value: str, contrast: Contrast) -> str:
    """Return the `group` of a row: the value read, and what it is the effect of."""
    return f"{value}: {contrast.name} {contrast.value!r} against {contrast.counterpart!r}"


def contrasts(subjects: Sequence[Subject]) -> dict[Contrast, list[Matched]]:
    """Return the pairs of pictures of every contrast, in order."""
    prompts: dict[tuple[str, str], list[tuple[int, dict[str, str]]]] = {}
    listed: dict[tuple[str, str, str], int] = {}  # where a value first stands among the probes
    for place, one in enumerate(subjects):
        if one.kind == SAMPLE and one.seed is not None:
            for variant in one.variants:
                prompts.setdefault((one.origin, variant.pair_id), []).append((place, dict(variant.attributes)))
                for name, value in variant.attributes.items():
                    key = (one.origin, name, value)
                    listed[key] = min(listed.get(key, variant.place), variant.place)
    found: dict[Contrast, list[Matched]] = {}
    for (origin, pair_id), pictures in sorted(prompts.items()):
        for name in sorted({key for _, attributes in pictures for key in attributes}):
            for values in _alike(subjects, pictures, name):
                counterpart, *others = sorted(values, key=lambda value: listed[origin, name, value])
                for value in others:
                    place = values[value]
                    one = subjects[place]
                    matched = Matched(place, values[counterpart], one.concept, pair_id, one.seed or 0)
                    found.setdefault(Contrast(origin, name, value, counterpart), []).append(matched)
    return dict(sorted(found.items()))


def _alike(
    subjects: Sequence[Subject], pictures: Sequence[tuple[int, dict[str, str]]], name: str
) -> Iterator[dict[str, int]]:
    """Yield, for pictures that differ in the attribute `name` alone, the picture of each of its values."""
    groups: dict[tuple[Any, ...], dict[str, int]] = {}
    for place, attributes in pictures:
        if name in attributes:
            others = sorted((key, value) for key, value in attributes.items() if key != name)
            groups.setdefault((subjects[place].seed, *others), {})[attributes[name]] = place
    yield from (values for values in groups.values() if len(values) > 1)


def _rows(
    place: Place,
    contrast: Contrast,
    pairs: Sequence[Matched],
    values: Sequence[str],
    codes: NDArray[np.int64],
    confidence: float,
) -> list[Row]:
    first, second = codes[[one.first for one in pairs]], codes[[one.second for one in pairs]]
    told = np.flatnonzero((first > ABSTAINED) & (second > ABSTAINED))
    missing = int(((first != UNREAD) & (second != UNREAD)).sum()) - len(told)
    kept = [pairs[index] for index in told.tolist()]
    rows = []
    for code, value in enumerate(values):
        group = group_of(value, contrast)
        figures: dict[str, Any] = {"reference": f"{contrast.name}: {contrast.counterpart}", "n": len(told)}
        figures |= {"abstained": missing, "n_effective": float(len({(one.pair_id, one.seed) for one in kept}))}
        if len(told) == 0:
            why = f"in none of {len(pairs)} pairs could both pictures be told"
            rows.append(make_row(place, group, MEASURE, Tally(), **figures, not_measurable=why))
            continue
        change = (first[told] == code).astype(np.float64) - (second[told] == code)
        rows.append(make_row(place, group, MEASURE, Tally(), **figures, **_effect(change, kept, confidence)))
    return rows


def _effect(change: NDArray[np.float64], pairs: Sequence[Matched], confidence: float) -> dict[str, Any]:
    draws = [(one.pair_id, one.seed) for one in pairs]
    sums: dict[tuple[str, int], float] = {}
    for draw, one in zip(draws, change.tolist(), strict=True):
        sums[draw] = sums.get(draw, 0.0) + one
    more, less = sum(one > 0 for one in sums.values()), sum(one < 0 for one in sums.values())
    value = float(change.mean())
    fixed = paired_difference(more, less, len(sums), confidence)
    low, high, method = fixed.low, fixed.high, "bonett-price"
    drawn = mean_interval(change, [one.pair_id for one in pairs], draws, confidence)
    if drawn is not None:
        low, high, method = min(low, drawn[0].low), max(high, drawn[0].high), f"{drawn[1]}, at least bonett-price"
    return {
        "value": value,
        "low": min(low, value),
        "high": max(high, value),
        "confidence": confidence,
        "method": method,
        "p": mcnemar(more, less).p,
    }
