"""Whether pictures show what their prompts ask for, as the pairing network sees it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.audit.measuring.captions import NO_TEXTS
from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.means import mean_interval
from toolkit.audit.measuring.pictures import UNCOUNTED, Pictures, draws_of, pictures_by_place
from toolkit.audit.measuring.rows import Row, make_row
from toolkit.audit.subjects import ALL, SAMPLE
from toolkit.statistics.intervals import wilson
from toolkit.statistics.two_rates import higher_rate_p

SCORE, FIRST = "clip_score", "own_prompt_nearest"
PERMUTATIONS = 999
SEED = 20_231


class _Prompts(NamedTuple):
    """The distinct prompts of one model: `vectors` (prompts, d), and of every subject its own, -1 for none."""

    texts: tuple[str, ...]
    vectors: NDArray[np.float64]
    own: NDArray[np.int64]


def measure_adherence(evidence: Evidence) -> list[Row]:
    """Return, for every model, each concept and all together:

    - `clip_score`: the mean cosine of a picture and its prompt (Hessel et al. 2021, arXiv 2104.08718, without its
      factor of 2.5 and its cut at 0). `floor` is the mean cosine of the same pictures with the audit's other prompts.
    - `own_prompt_nearest`: the share of pictures to which their own prompt lies nearer than any other of the audit
      (rank 1; a tie is none). `floor` is how often that prompt is nearest to pictures of other prompts, so that
      pictures which show nothing, and lie nearest to one prompt whatever they were asked for, gain nothing. `p` tests
      that the share of a concept is above (Fisher, one-sided); of all, 999 exchanges of prompts between pictures.
    """
    found = pictures_by_place(evidence, SAMPLE)
    prompts = {one.place.subject: _prompts(evidence, one) for one in found if one.place.slice == ALL and not one.why}
    rows = []
    for one in found:
        why = one.why or (NO_TEXTS if evidence.texts is None else None)
        if why is None:
            known = prompts[one.place.subject]
            rows += [_score(evidence, one, known), _first(evidence, one, known)]
        elif one.place.slice == ALL:
            rows += [
                make_row(one.place, ALL, name, UNCOUNTED, **one.figures(), not_measurable=why)
                for name in (SCORE, FIRST)
            ]
    return rows


def _prompts(evidence: Evidence, whole: Pictures) -> _Prompts:
    captions = [evidence.subjects[place].caption for place in whole.places.tolist()]
    texts = tuple(sorted(set(captions)))
    row = {text: index for index, text in enumerate(texts)}
    own = np.full(len(evidence.subjects), -1, np.int64)
    own[whole.places] = [row[one] for one in captions]
    if evidence.texts is None:
        return _Prompts(texts, np.zeros((len(texts), 0)), own)
    return _Prompts(texts, evidence.texts.embed_texts(texts).astype(np.float64), own)


def _cosines(evidence: Evidence, places: NDArray[np.int64], prompts: _Prompts) -> NDArray[np.float64]:
    """Return cosines (n, prompts), rounded to 1e-6 so that machines agree on what is a tie."""
    assert evidence.embeddings is not None
    return np.round(evidence.embeddings.of(places) @ prompts.vectors.T, 6)


def _score(evidence: Evidence, one: Pictures, prompts: _Prompts) -> Row:
    cosines = _cosines(evidence, one.places, prompts)
    own, count = prompts.own[one.places], len(one.places)
    score = cosines[np.arange(count), own]
    draws = draws_of(evidence, one.places)
    figures: dict[str, Any] = one.figures(len(set(draws)))
    alike = len(np.unique(cosines, axis=0))
    interval = mean_interval(score, own.tolist(), draws, evidence.confidence)
    if alike < 2 or interval is None:
        why = "one picture alone has no interval" if count == 1 else f"all {count} pictures are alike, and count as one"
        return make_row(one.place, ALL, SCORE, UNCOUNTED, **figures, not_measurable=why)
    (value, low, high), method = interval
    if len(prompts.texts) > 1:
        others = (cosines.sum(axis=1) - score) / (len(prompts.texts) - 1)
        figures |= {"floor": float(others.mean()), "reference": "the other prompts"}
    fixed = {"confidence": evidence.confidence, "method": method}
    return make_row(one.place, ALL, SCORE, UNCOUNTED, **figures, **fixed, value=value, low=low, high=high)


def _first(evidence: Evidence, one: Pictures, prompts: _Prompts) -> Row:
    independent = len(set(draws_of(evidence, one.places)))
    figures: dict[str, Any] = one.figures(independent)
    if len(prompts.texts) < 2:
        why = "one prompt alone is always the nearest; give probes with several"
        return make_row(one.place, ALL, FIRST, UNCOUNTED, **figures, not_measurable=why)
    nearest = nearest_prompts(_cosines(evidence, one.places, prompts))
    own, count = prompts.own[one.places], len(one.places)
    hits = int((nearest == own).sum())
    scaled = (hits, count) if independent >= count else (round(hits * independent / count), independent)
    low, high = wilson(*scaled, evidence.confidence)
    chance = _by_exchange(nearest, own) if one.place.slice == ALL else _by_others(evidence, one, prompts, scaled)
    return make_row(
        one.place,
        ALL,
        FIRST,
        UNCOUNTED,
        **figures,
        **chance,
        value=hits / count,
        low=min(low, hits / count),
        high=max(high, hits / count),
        confidence=evidence.confidence,
        method="wilson",
    )


def nearest_prompts(cosines: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the one nearest prompt of each picture by `cosines` (n, prompts), int64 (n,); -1 where two tie."""
    nearest = cosines.argmax(axis=1)
    ties = (cosines == cosines.max(axis=1, keepdims=True)).sum(axis=1) > 1
    return np.where(ties, -1, nearest)


def _by_others(evidence: Evidence, one: Pictures, prompts: _Prompts, scaled: tuple[int, int]) -> dict[str, Any]:
    """Return how often the own prompts of these pictures are nearest to those of other concepts, and the p of no
    difference."""
    mine, times = np.unique(prompts.own[one.places], return_counts=True)
    others = np.flatnonzero((prompts.own >= 0) & ~np.isin(prompts.own, mine))
    if len(others) == 0:
        return {}
    nearest = nearest_prompts(_cosines(evidence, others, prompts))
    taken = sum((nearest == prompt).sum() * count for prompt, count in zip(mine, times, strict=True)) / times.sum()
    p = higher_rate_p(*scaled, round(float(taken)), len(others))
    return {"floor": float(taken) / len(others), "p": p, "reference": "pictures of other concepts"}


def _by_exchange(nearest: NDArray[np.int64], own: NDArray[np.int64]) -> dict[str, Any]:
    """Return how often the own prompt would be nearest were the prompts dealt out anew, and the p of what was seen."""
    stream = np.random.default_rng(SEED)
    dealt = stream.permuted(np.broadcast_to(own, (PERMUTATIONS, len(own))), axis=1)
    hits = (dealt == nearest).sum(axis=1)
    extreme = int((hits >= (nearest == own).sum()).sum())
    floor = float(hits.mean() / len(own))
    return {"floor": floor, "p": (extreme + 1) / (PERMUTATIONS + 1), "reference": "prompts dealt out anew"}
