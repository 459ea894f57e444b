"""Whether a model shows a link of concept and attribute more strongly than the data: Zhao, directional, Seshadri."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.audit.measuring.captions import Near, nearest_captions
from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.pooled import NO_DATA, POOLED, count_pairs, has_data, kept_only, models_of
from toolkit.audit.measuring.rows import Row, make_row
from toolkit.audit.measuring.tallies import Place, Tally
from toolkit.audit.subjects import ALL, Subject
from toolkit.statistics.amplification import deviation_amplification, directional_of_counts, zhao_of_many
from toolkit.statistics.corrections import Estimate
from toolkit.statistics.differences import hybrid_difference
from toolkit.statistics.intervals import Interval, wilson
from toolkit.statistics.two_rates import equal_rates_p

NAIVE, NEUTRAL, NEAREST = (
    "amplification_all_captions",
    "amplification_neutral_captions",
    "amplification_nearest_captions",
)
ZHAO, DIRECTIONAL = "amplification_zhao", "amplification_directional"
DRAWS = 999
SEED = 20_231
Reals = NDArray[np.float64]


class Form(NamedTuple):
    """A measure, what the data is counted over, and why it cannot be had, if so."""

    measure: str
    counts: Mapping[Place, Tally]
    why: str | None


class _Sides(NamedTuple):
    """Counts of both sides, (concepts, groups): `data` and `model`, the latter scaled to independent draws."""

    concepts: tuple[str, ...]
    data: Reals
    model: Reals


def measure_amplification(evidence: Evidence) -> list[Row]:
    """Return how much further than the kept pairs, all sources together, each model goes; per concept and over all.

    - `amplification_all_captions`, `_neutral_captions`, `_nearest_captions` (Seshadri et al. 2023): |model - 1/2| -
      |data - 1/2| for an attribute of two groups, against all pairs about the concept, those whose caption names no
      gender or skin tone, and those whose captions lie nearest to the prompts. Much of the first is that captions say
      more than prompts do. Over all concepts the mean. `reference` says of a concept whether the share changed sides.
    - `amplification_zhao` (Zhao et al. 2017): the mean change of the share of the groups that the data favours.
    - `amplification_directional` (Wang and Russakovsky 2021), over all concepts alone: from concept to attribute.

    Pictures are read by one annotator on both sides. `floor` is what both sides would show on average at these n if
    their shares were equal: few pictures alone look like amplification. `p` tests equal shares; the last two by 999
    simulated audits.
    """
    rows: list[Row] = []
    placed = models_of(evidence)
    if not has_data(evidence):
        whole = [(place, tally) for place, tally in placed if place.slice == ALL]
        return [make_row(place, ALL, NAIVE, tally, not_measurable=NO_DATA) for place, tally in whole]
    forms = forms_of(evidence)
    kept = forms[0].counts
    for place, tally in placed:
        if place.slice == ALL:
            values = evidence.tallies.values[place.annotator, place.attribute]
            concepts = {
                one.slice: counts
                for one, counts in placed
                if one._replace(slice=ALL) == place and one.slice != ALL and counts.n
            }
            for form in forms:
                rows += _seshadri(place, tally, values, concepts, form, evidence.confidence)
            rows += _of_counts(place, tally, _sides(place, values, concepts, kept), concepts, evidence.confidence)
    return rows


def forms_of(evidence: Evidence) -> list[Form]:
    """Return the three forms of Seshadri's measure, that over all kept pairs first."""
    kept, neutral = count_pairs(evidence, kept_only), count_pairs(evidence, _neutral)
    return [Form(NAIVE, kept, None), Form(NEUTRAL, neutral, None), _nearest_form(evidence, nearest_captions(evidence))]


def _neutral(subject: Subject) -> tuple[str, ...]:
    return kept_only(subject) if subject.neutral else ()


def _nearest_form(evidence: Evidence, near: Near) -> Form:
    def slices(subject: Subject) -> tuple[str, ...]:
        return tuple(one for one in kept_only(subject) if subject.caption in near.captions.get(one, ()))

    return Form(NEAREST, {} if near.why else count_pairs(evidence, slices), near.why)


def _in_data(place: Place, concept: str, counts: Mapping[Place, Tally]) -> Tally:
    return counts.get(place._replace(subject=POOLED, slice=concept), Tally())


# -- Seshadri -------------------------------------------------------------------------------------------------


def _seshadri(
    place: Place, whole: Tally, values: Sequence[str], concepts: Mapping[str, Tally], form: Form, confidence: float
) -> list[Row]:
    why = form.why or (f"defined for two groups; {place.attribute} has {len(values)}" if len(values) != 2 else None)
    if why is not None:
        return [make_row(place, ALL, form.measure, whole, not_measurable=why)]
    group = values[-1]
    rows = []
    for concept, painted in concepts.items():
        data = _in_data(place, concept, form.counts)
        there = place._replace(slice=concept)
        if data.n == 0:
            none = f"of {data.abstained} such pairs of the data about it none could be told"
            rows.append(make_row(there, ALL, form.measure, painted, not_measurable=none))
        else:
            rows.append(make_row(there, ALL, form.measure, painted, **_further(group, painted, data, confidence)))
    return [*rows, _mean(place, whole, form.measure, rows, confidence)]


def _further(group: str, painted: Tally, data: Tally, confidence: float) -> dict[str, Any]:
    """Return |model - 1/2| - |data - 1/2| with its interval, floor and p."""
    (k, n), (j, m) = painted.drawn(group), data.drawn(group)
    share, given = painted.values[group] / painted.n, data.values[group] / data.n
    found = deviation_amplification(share, given)
    ends = [_from_half(wilson(hits, size, confidence)) for hits, size in ((k, n), (j, m))]
    around = [_holding(abs(one - 0.5), end) for one, end in zip((share, given), ends, strict=True)]
    _, low, high = hybrid_difference(around[1], around[0])
    pooled = (k + j) / (n + m)
    turned = "; the share changed sides" if found.reversed else ""
    return {
        "value": found.amplification,
        "low": max(-0.5, low),
        "high": min(0.5, high),
        "confidence": confidence,
        "method": "wilson, difference of distances",
        "floor": _expected_distance(n, pooled) - _expected_distance(m, pooled),
        "p": float(equal_rates_p(k, n, j, m)),
        "reference": f"data, {100 * given:.0f} % {group} of {data.n}{turned}",
    }


def _from_half(interval: Interval) -> Interval:
    """Return the distances from 1/2 of the shares in `interval`."""
    ends = sorted((abs(interval.low - 0.5), abs(interval.high - 0.5)))
    return Interval(0.0 if interval.low <= 0.5 <= interval.high else ends[0], ends[1])


def _holding(value: float, interval: Interval) -> Estimate:
    return Estimate(value, min(value, interval.low), max(value, interval.high))


def _expected_distance(n: int, share: float) -> float:
    """Return E|k / n - 1/2| of `n` draws at `share`."""
    from scipy.stats import binom

    outcomes = np.arange(n + 1)
    return float(np.abs(outcomes / n - 0.5) @ binom.pmf(outcomes, n, share))


def _mean(place: Place, whole: Tally, measure: str, rows: Sequence[Row], confidence: float) -> Row:
    """Return the mean over concepts; the ends of the intervals of independent figures add as squares."""
    told = [row for row in rows if row.get("value") is not None]
    if not told:
        why = "of no concept could both the model's pictures and the data's be told"
        return make_row(place, ALL, measure, whole, not_measurable=why)
    count = len(told)
    value = sum(row["value"] for row in told) / count
    down, up = (sqrt(sum((row["value"] - row[end]) ** 2 for row in told)) / count for end in ("low", "high"))
    figures = {"value": value, "low": value - down, "high": value + up, "confidence": confidence}
    figures["floor"] = sum(row["floor"] for row in told) / count
    return make_row(
        place, ALL, measure, whole, **figures, method="mean over concepts", reference=f"data, {count} concepts"
    )


# -- Zhao and directional -------------------------------------------------------------------------------------


def _sides(place: Place, values: Sequence[str], concepts: Mapping[str, Tally], kept: Mapping[Place, Tally]) -> _Sides:
    both = [one for one in concepts if _in_data(place, one, kept).n]
    shape = (len(both), len(values))
    data = [[_in_data(place, one, kept).drawn(value)[0] for value in values] for one in both]
    model = [[concepts[one].drawn(value)[0] for value in values] for one in both]
    return _Sides(tuple(both), *(np.array(some, np.float64).reshape(shape) for some in (data, model)))


def _of_counts(
    place: Place, whole: Tally, sides: _Sides, concepts: Mapping[str, Tally], confidence: float
) -> list[Row]:
    if not sides.concepts:
        why = "of no concept could both the model's pictures and the data's be told"
        return [make_row(place, ALL, one, whole, not_measurable=why) for one in (ZHAO, DIRECTIONAL)]
    rows = []
    for index, concept in enumerate(sides.concepts):
        one = _Sides((concept,), sides.data[[index]], sides.model[[index]])
        figures = _simulated(zhao_of_many, one, confidence)
        rows.append(make_row(place._replace(slice=concept), ALL, ZHAO, concepts[concept], **figures))
    rows.append(make_row(place, ALL, ZHAO, whole, **_simulated(zhao_of_many, sides, confidence)))
    if len(sides.concepts) < 2:
        why = "one concept alone: no attribute can be linked to it more than to others"
        return [*rows, make_row(place, ALL, DIRECTIONAL, whole, not_measurable=why)]
    return [*rows, make_row(place, ALL, DIRECTIONAL, whole, **_simulated(directional_of_counts, sides, confidence))]


def _simulated(measure: Callable[[Reals, Reals], Reals], sides: _Sides, confidence: float) -> dict[str, Any]:
    """Return `measure` with an interval of shares drawn from what was seen, and floor and p of equal shares."""
    value = float(measure(sides.data, sides.model))
    stream = np.random.default_rng(SEED)
    drawn = measure(
        np.broadcast_to(sides.data, (DRAWS, *sides.data.shape)),
        stream.standard_gamma(sides.model + 0.5, (DRAWS, *sides.model.shape)),  # in proportion a Dirichlet draw
    )
    together = sides.data + sides.model
    together /= together.sum(axis=1, keepdims=True)
    sizes = (side.sum(axis=1).astype(np.int64) for side in (sides.data, sides.model))
    data, model = (stream.multinomial(size, together, (DRAWS, len(size))).astype(np.float64) for size in sizes)
    equal = measure(data, model)
    floor = float(equal.mean())
    extreme = int((np.abs(equal - floor) >= abs(value - floor) - 1e-12).sum())
    tail = (1 - confidence) / 2
    low, high = (float(one) for one in np.quantile(drawn, [tail, 1 - tail]))
    return {
        "value": value,
        "low": min(low, value),
        "high": max(high, value),
        "confidence": confidence,
        "method": "shares drawn from the counts",
        "floor": floor,
        "p": (extreme + 1) / (DRAWS + 1),
        "reference": f"data, n = {int(sides.data.sum())}",
    }
