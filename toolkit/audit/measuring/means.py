"""Intervals of means of one number a picture, or a pair of pictures, whichever of them are independent."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from toolkit.statistics.corrections import Estimate
from toolkit.statistics.resampling import clustered_mean

PROMPTS = 10  # below which prompts are too few to stand for all prompts, and pictures are redrawn instead


def mean_interval(
    values: NDArray[np.float64], prompts: Sequence[Hashable], draws: Sequence[Hashable], confidence: float
) -> tuple[Estimate, str] | None:
    """Return the mean of `values` (n,) with its interval, and how it was made; None where one draw is all there is.

    Whole prompts are redrawn where there are at least 10 of them, so that the interval speaks of other prompts too;
    else whole draws (pictures of one noise), and it speaks of these prompts alone.
    """
    found = redrawn(prompts, draws)
    if found is None:
        return None
    clusters, unit = found
    return clustered_mean(values, clusters, confidence=confidence), f"bootstrap of {unit}"


def redrawn(prompts: Sequence[Hashable], draws: Sequence[Hashable]) -> tuple[list[int], str] | None:
    """Return the cluster of each value that is redrawn as a whole, and what clusters are; None where there is one."""
    for names, unit, fewest in ((prompts, "prompts", PROMPTS), (draws, "draws", 2)):
        codes: dict[Hashable, int] = {}
        clusters = [codes.setdefault(one, len(codes)) for one in names]
        if len(codes) >= fewest:
            return clusters, unit
    return None
