"""Shares corrected for an annotator that errs: what was labelled, passed back through how it labels known truth.

The error rates must be those of pictures of the same kind: rates of clean drawings do not hold for blurred paintings.
"""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

from toolkit.statistics.intervals import normal_quantile


class Estimate(NamedTuple):
    """A figure and its interval, in the same units; `low <= value <= high`."""

    value: float
    low: float
    high: float


def rogan_gladen(share: float, sensitivity: float, specificity: float) -> float:
    """Return the true share behind the labelled `share` of an annotator of known error rates, cut to [0, 1].

    (share + specificity - 1) / (sensitivity + specificity - 1). Raises ValueError for rates outside [0, 1], and where
    sensitivity + specificity <= 1: such an annotator says nothing. Source: Rogan and Gladen (1978), Am. J.
    Epidemiology 107, 71-76.
    """
    for name, rate in (("share", share), ("sensitivity", sensitivity), ("specificity", specificity)):
        if not 0 <= rate <= 1:
            raise ValueError(f"a {name} of {rate} is impossible; give a number in [0, 1]")
    return min(1.0, max(0.0, (share + specificity - 1) / _informedness(sensitivity, specificity)))


def lang_reiczigel(
    k: int, n: int, k_sens: int, n_sens: int, k_spec: int, n_spec: int, confidence: float = 0.95
) -> Estimate:
    """Return the true share behind `k` labels of `n`, with an interval that counts the annotator's own uncertainty.

    Of `n_sens` pictures that are positive `k_sens` were labelled so; of `n_spec` that are not, `k_spec` were not. The
    value is that of Rogan and Gladen. Within [0, 1]. Raises ValueError for impossible counts, for no pictures, and for
    an annotator that says nothing. Source: Lang and Reiczigel (2014), Preventive Veterinary Medicine 113, 13-22.
    """
    for hits, trials in ((k, n), (k_sens, n_sens), (k_spec, n_spec)):
        if not 0 <= hits <= trials or trials == 0:
            raise ValueError(f"{hits} hits in {trials} trials cannot be used; give 0 <= hits <= trials and trials > 0")
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence of {confidence} is impossible; give a number between 0 and 1, such as 0.95")
    value = rogan_gladen(k / n, k_sens / n_sens, k_spec / n_spec)
    z = normal_quantile(0.5 + confidence / 2)
    labelled = (k + z * z / 2) / (n + z * z)
    sens, spec = (k_sens + 1) / (n_sens + 2), (k_spec + 1) / (n_spec + 2)
    if sens + spec <= 1:  # the added counts may say so of very few pictures
        return Estimate(value, 0.0, 1.0)
    share = (labelled + spec - 1) / (sens + spec - 1)
    of_sens, of_spec = sens * (1 - sens) / (n_sens + 2), spec * (1 - spec) / (n_spec + 2)
    variance = labelled * (1 - labelled) / (n + z * z) + share**2 * of_sens + (1 - share) ** 2 * of_spec
    shift = 2 * z * z * (share * of_sens - (1 - share) * of_spec)
    half = z * sqrt(variance) / (sens + spec - 1)
    low, high = (min(1.0, max(0.0, end)) for end in (share + shift - half, share + shift + half))
    return Estimate(value, min(low, value), max(high, value))


def prediction_powered(labels: tuple[int, int], reviewed: tuple[int, int, int], confidence: float = 0.95) -> Estimate:
    """Return a share from labels of many pictures and reviews of a few of the same kind, cut to [0, 1].

    `labels` are hits and trials of pictures that only the annotator saw. `reviewed` are, of n pictures that people saw
    too: how many only the reviewer calls positive, how many only the annotator does, and n. The value is mean f + mean
    (Y - f). It holds where the reviewed were drawn at random, never where the least certain were sent to review.
    Raises ValueError for impossible counts. Source: Angelopoulos et al. (2023), Science 382, 669-674, algorithm 1.
    """
    hits, trials = labels
    missed, invented, n = reviewed
    if not 0 <= hits <= trials or trials == 0 or min(missed, invented) < 0 or missed + invented > n or n == 0:
        raise ValueError(
            f"labels {labels} and reviews {reviewed} are impossible; give counts of pictures that were seen"
        )
    mean, rectifier = hits / trials, (missed - invented) / n
    variance = mean * (1 - mean) / trials + ((missed + invented) / n - rectifier**2) / n
    half = normal_quantile(0.5 + confidence / 2) * sqrt(variance)
    value, low, high = (min(1.0, max(0.0, mean + rectifier + step)) for step in (0.0, -half, half))
    return Estimate(value, low, high)


def _informedness(sensitivity: float, specificity: float) -> float:
    if sensitivity + specificity <= 1:
        raise ValueError(
            f"sensitivity {sensitivity:g} and specificity {specificity:g} tell nothing (their sum is not above 1); "
            "use another annotator, or more pictures of known truth"
        )
    return sensitivity + specificity - 1
