"""What pixels say of pictures: means, how far they are from the data's, and whether groups are painted otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from math import pi, sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.audit.content import SCORES
from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.means import mean_interval, redrawn
from toolkit.audit.measuring.pictures import UNCOUNTED, draws_of, places_by_origin
from toolkit.audit.measuring.pooled import NO_DATA
from toolkit.audit.measuring.readings import Readings
from toolkit.audit.measuring.rows import Row, make_row
from toolkit.audit.measuring.tallies import CAPTION_WORDS, Place, is_census
from toolkit.audit.subjects import ALL, PAIR, SAMPLE
from toolkit.statistics.group_difference import group_difference
from toolkit.statistics.resampling import clustered_mean_test

CONTENT, PIXELS = "content", "pixels"  # the attribute of such measures, and who sees the pictures
MEAN, FROM_DATA, BETWEEN = "content_mean", "content_difference_from_data", "content_difference_between_groups"
FEWEST = 5  # pictures of each group, below which groups are not compared
UNSCORED = "pictures were not scored: the labels were made before there were scores; label them again"
Places = NDArray[np.int64]
Reals = NDArray[np.float64]


class _Scored(NamedTuple):
    """The pictures of one place that have a score: `values` (n,) of the score `name`, at `places` (n,)."""

    place: Place
    name: str
    places: Places
    values: Reals
    without: int

    def figures(self, independent: int) -> dict[str, Any]:
        count = len(self.places)
        return {"n": count, "n_effective": float(min(count, independent)), "abstained": self.without}


def measure_content(evidence: Evidence) -> list[Row]:
    """Return, for every subject, each concept and all together, and each score of `toolkit.statistics.content`, which
    `group` names:

    - `content_mean`: the mean over pictures, with a bootstrap of prompts or draws; of a dataset without.
    - `content_difference_from_data` of a model: each picture minus the mean of the data's kept pairs about its concept,
      averaged; so that a mix of concepts is no difference. The data is fixed. `floor` is the mean distance that
      so many pictures show by chance, `p` is Student's, prompts or draws being independent.
    - `content_difference_between_groups`, by attribute and annotator: the mean of a group's pictures minus that of all
      others that could be told, within concepts, so that what a group is painted doing is no difference. `p` deals the
      groups out anew within concepts. Groups of at least 5 pictures are compared with at least 5 others; of two groups
      one row is enough. `group` says `brightness: woman against man`.
    """
    places = places_by_origin(evidence, SAMPLE, PAIR)
    if evidence.content is None:
        whole = [(one, some) for (one, name), some in places.items() if name == ALL]
        return [
            make_row(
                Place(one, ALL, CONTENT, PIXELS), ALL, MEAN, UNCOUNTED, abstained=len(some), not_measurable=UNSCORED
            )
            for one, some in whole
        ]
    data = _data_means(evidence)
    codes = [
        (one, one.by_subject(len(evidence.subjects))) for one in evidence.readings if one.annotator != CAPTION_WORDS
    ]
    rows = []
    for (origin, slice_name), some in places.items():
        for index, name in enumerate(SCORES):
            values = evidence.content.values[some, index]
            told = ~np.isnan(values)
            place = Place(origin, slice_name, CONTENT, PIXELS)
            one = _Scored(place, name, some[told], values[told], int((~told).sum()))
            rows.append(_mean(evidence, one))
            if not is_census(origin):
                rows.append(_from_data(evidence, one, data[name]))
        for readings, read in codes:
            rows += _between(
                evidence, Place(origin, slice_name, readings.attribute, readings.annotator), readings, read[some], some
            )
    return rows


def _data_means(evidence: Evidence) -> dict[str, dict[str, float]]:
    """Return the mean of every score over the kept pairs of all sources together, by concept."""
    assert evidence.content is not None
    concepts: dict[str, list[int]] = {}
    for place, one in enumerate(evidence.subjects):
        if one.kind == PAIR:
            for name in dict.fromkeys(one.slices):
                concepts.setdefault(name, []).append(place)
    found: dict[str, dict[str, float]] = {}
    for index, name in enumerate(SCORES):
        scored = ((concept, evidence.content.values[some, index]) for concept, some in concepts.items())
        found[name] = {one: float(np.nanmean(some)) for one, some in scored if not np.isnan(some).all()}
    return found


def _mean(evidence: Evidence, one: _Scored) -> Row:
    if len(one.places) == 0:
        why = f"none of {one.without} pictures could be scored"
        return make_row(one.place, one.name, MEAN, UNCOUNTED, **one.figures(0), not_measurable=why)
    value = float(one.values.mean())
    if is_census(one.place.subject):
        return make_row(one.place, one.name, MEAN, UNCOUNTED, **one.figures(len(one.places)), value=value)
    draws = draws_of(evidence, one.places)
    figures = one.figures(len(set(draws)))
    found = mean_interval(one.values, _prompts(evidence, one.places), draws, evidence.confidence)
    if found is None:
        why = f"{len(one.places)} pictures of one draw have no interval"
        return make_row(one.place, one.name, MEAN, UNCOUNTED, **figures, not_measurable=why)
    estimate, method = found
    fixed = {"confidence": evidence.confidence, "method": method}
    return make_row(one.place, one.name, MEAN, UNCOUNTED, **figures, **estimate._asdict(), **fixed)


def _prompts(evidence: Evidence, places: Places) -> list[str]:
    return [evidence.subjects[place].caption for place in places.tolist()]


def _from_data(evidence: Evidence, one: _Scored, means: dict[str, float]) -> Row:
    """Return the mean of what pictures differ by from those of the data about their concept."""
    concepts = [_concept(evidence, place, one.place.slice) for place in one.places.tolist()]
    known = np.array([concept in means for concept in concepts], np.bool_)
    places = one.places[known]
    draws = draws_of(evidence, places)
    left = one._replace(places=places, values=one.values[known], without=one.without + int((~known).sum()))
    figures = left.figures(len(set(draws)))
    clusters = redrawn(_prompts(evidence, places), draws)
    if clusters is None:
        why = (
            NO_DATA
            if not means
            else f"{len(places)} pictures of a concept that the data has pictures of; two are needed"
        )
        return make_row(one.place, one.name, FROM_DATA, UNCOUNTED, **figures, not_measurable=why)
    off = left.values - [means[concept] for concept, has in zip(concepts, known, strict=True) if has]
    found = mean_interval(off, _prompts(evidence, places), draws, evidence.confidence)
    assert found is not None
    test = clustered_mean_test(off, clusters[0], 0.0)
    fixed = {"confidence": evidence.confidence, "method": f"{found[1]}, data fixed", "reference": "the data's pictures"}
    return make_row(
        one.place,
        one.name,
        FROM_DATA,
        UNCOUNTED,
        **figures,
        **found[0]._asdict(),
        **fixed,
        floor=test.error * sqrt(2 / pi),
        p=test.p,
    )


def _concept(evidence: Evidence, place: int, slice_name: str) -> str:
    """Return the slice, or of all slices the first that a picture counts for."""
    return slice_name if slice_name != ALL else evidence.subjects[place].slices[0]


def _between(evidence: Evidence, place: Place, readings: Readings, read: Places, places: Places) -> list[Row]:
    assert evidence.content is not None
    told = read >= 0
    places, read = places[told], read[told]
    counts = np.bincount(read, minlength=len(readings.values))
    enough = [code for code, count in enumerate(counts.tolist()) if count >= FEWEST and len(read) - count >= FEWEST]
    if len(readings.values) == 2:
        enough = enough[-1:]  # the other row would say the same with the signs turned
    if not enough:
        if len(told) == 0 or is_census(place.subject) or (place.slice != ALL):
            return []
        why = f"no group and the others have at least {FEWEST} pictures each that could be told"
        return [make_row(place, ALL, BETWEEN, UNCOUNTED, n=len(read), abstained=int((~told).sum()), not_measurable=why)]
    strata = np.unique([_concept(evidence, one, place.slice) for one in places.tolist()], return_inverse=True)[1]
    _, draws = np.unique([str(one) for one in draws_of(evidence, places)], return_inverse=True)
    rows = []
    for code in enough:
        value, others = readings.values[code], [one for one in readings.values if one != readings.values[code]]
        against = f"{value} against {others[0] if len(others) == 1 else 'others'}"
        for index, name in enumerate(SCORES):
            scores = evidence.content.values[places, index]
            has = ~np.isnan(scores)
            missing = int((~told).sum()) + int((~has).sum())
            given = (scores[has], (read == code)[has], strata[has], draws[has])
            rows.append(_compared(place, f"{name}: {against}", given, missing, evidence.confidence))
    return rows


def _compared(place: Place, group: str, given: Sequence[NDArray[Any]], missing: int, confidence: float) -> Row:
    values, first, strata, draws = given
    figures: dict[str, Any] = {"n": len(values), "n_effective": float(len(values)), "abstained": missing}
    found = group_difference(values, first, strata, draws, confidence) if len(values) else None
    if found is None:
        why = "no concept has both groups, or too few pictures of them"
        return make_row(place, group, BETWEEN, UNCOUNTED, **figures, not_measurable=why)
    if is_census(place.subject):
        return make_row(place, group, BETWEEN, UNCOUNTED, **figures, value=found.difference.value)
    figures["n_effective"] = float(found.units)
    return make_row(
        place,
        group,
        BETWEEN,
        UNCOUNTED,
        **figures,
        **found.difference._asdict(),
        confidence=confidence,
        method="within concepts, clustered t",
        reference="groups dealt out anew",
        floor=found.floor,
        p=found.p,
    )
