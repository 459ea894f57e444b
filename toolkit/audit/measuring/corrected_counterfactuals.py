"""What one word in a prompt changes, corrected for what the annotator is known to get wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from toolkit.audit.measuring.corrected import correction_of
from toolkit.audit.measuring.correction import concepts_at, known_of_others
from toolkit.audit.measuring.counterfactuals import MEASURE, Contrast, Matched, contrasts, group_of
from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.means import redrawn
from toolkit.audit.measuring.pooled import models_of
from toolkit.audit.measuring.readings import UNREAD
from toolkit.audit.measuring.rows import Row, make_row
from toolkit.audit.measuring.tallies import Place, Tally
from toolkit.audit.subjects import ALL
from toolkit.statistics.confusion import DRAWS, SEED, Corrected, correct_change, share_p
from toolkit.statistics.corrections import Estimate

Reals = NDArray[np.float64]


def measure_corrected_counterfactuals(evidence: Evidence) -> list[Row]:
    """Return `counterfactual_effect` (see `measure_counterfactuals`) from corrected labels, where a place has them.

    The change of every label, abstentions among them, is passed back through the matrix; so `n` is all pairs that were
    read. The interval redraws whole prompts (draws where there are few) and the matrix, as if one pair more had changed
    each way for every label, so that no change in a few pairs is not taken for certainty. `p` is of the draws.
    """
    if not any(isinstance(one, Corrected) for one in evidence.corrected.values()):
        return []
    found = contrasts(evidence.subjects)
    rows: list[Row] = []
    for place, _ in models_of(evidence):
        corrected = evidence.corrected.get(place)
        if corrected is None or isinstance(corrected, str):
            continue  # where it cannot be corrected, the corrected share of that place says why
        (read,) = (
            one for one in evidence.readings if (one.annotator, one.attribute) == (place.annotator, place.attribute)
        )
        codes = read.by_subject(len(evidence.subjects))
        for contrast, pairs in found.items():
            mine = [
                one
                for one in pairs
                if place.slice in (ALL, one.concept) and UNREAD not in (codes[one.first], codes[one.second])
            ]
            if contrast.origin == place.subject and mine:
                rows += _rows(evidence, place, contrast, mine, codes)
    return rows


def _rows(
    evidence: Evidence, place: Place, contrast: Contrast, pairs: Sequence[Matched], codes: NDArray[np.int64]
) -> list[Row]:
    confusion = evidence.confusion_at(place)
    draws = [(one.pair_id, one.seed) for one in pairs]
    fixed: dict[str, Any] = correction_of(confusion) | {"reference": f"{contrast.name}: {contrast.counterpart}"}
    fixed |= {"n": len(pairs), "n_effective": float(len(set(draws))), "abstained": 0}
    clusters = redrawn([one.pair_id for one in pairs], draws)
    if clusters is None:
        why = "one draw alone has no interval"
        return [
            make_row(place, group_of(one, contrast), MEASURE, Tally(), **fixed, not_measurable=why)
            for one in confusion.truths
        ]
    change = _changes(pairs, codes, len(confusion.labels))
    drawn = _redrawn(change, np.array(clusters[0]))
    effects = correct_change(
        change.mean(axis=0), drawn, known_of_others(place, confusion), concepts=concepts_at(place, evidence.tallies)
    )
    return [
        make_row(
            place,
            group_of(truth, contrast),
            MEASURE,
            Tally(),
            **fixed,
            **_effect(float(effects.values[index]), effects.draws[:, index], evidence.confidence)._asdict(),
            confidence=evidence.confidence,
            method=f"matrix inversion, bootstrap of {clusters[1]}",
            p=share_p(effects.draws[:, index], 0.0),
        )
        for index, truth in enumerate(confusion.truths)
    ]


def _changes(pairs: Sequence[Matched], codes: NDArray[np.int64], labels: int) -> Reals:
    """Return for each pair which label came (1) and which went (-1), abstentions last, (pairs, labels)."""
    every = np.eye(labels)  # the code of an abstention is -1: the last row
    return np.asarray(every[codes[[one.first for one in pairs]]] - every[codes[[one.second for one in pairs]]])


def _redrawn(change: Reals, clusters: NDArray[np.int64]) -> Reals:
    """Return mean changes (DRAWS, labels) of clusters drawn again, beside one that changes each way for every label."""
    count, labels = int(clusters.max()) + 1, change.shape[1]
    sums = np.zeros((count, labels))
    np.add.at(sums, clusters, change)
    extra = np.eye(labels) - (1 - np.eye(labels)) / max(1, labels - 1)
    sums, sizes = np.concatenate([sums, extra, -extra]), np.concatenate([np.bincount(clusters), np.ones(2 * labels)])
    weights = np.random.default_rng(SEED).multinomial(len(sizes), np.full(len(sizes), 1 / len(sizes)), DRAWS)
    means = (weights @ sums) / np.maximum(weights @ sizes, 1.0)[:, None]
    return np.asarray(means - means.mean(axis=0) + change.mean(axis=0))


def _effect(value: float, draws: Reals, confidence: float) -> Estimate:
    tail = (1 - confidence) / 2
    value = min(1.0, max(-1.0, value))
    low, high = np.quantile(draws, [tail, 1 - tail]).clip(-1.0, 1.0).tolist()
    return Estimate(value, min(low, value), max(high, value))
