"""What the pictures of a second audit lost, or gained, beside those of the first from the same noise: whether they show
what was asked for, how different they are, how near to the data."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from toolkit.audit.annotators.annotator import TextEmbedder
from toolkit.audit.comparing.cost import Cost, Places, Reals, jackknife_of, jackknifed, missing, told
from toolkit.audit.comparing.fidelity_costs import fidelity_costs
from toolkit.audit.comparing.same_noise import Painted
from toolkit.audit.comparing.sides import Pair
from toolkit.audit.comparing.twin_vectors import TwinVectors, twin_vectors
from toolkit.audit.measuring.adherence import FIRST, SCORE, nearest_prompts
from toolkit.audit.measuring.captions import NO_TEXTS
from toolkit.audit.measuring.diversity import ALIKE, VENDI
from toolkit.audit.measuring.means import redrawn
from toolkit.audit.subjects import ALL
from toolkit.statistics.corrections import Estimate
from toolkit.statistics.diversity import mean_similarity, vendi
from toolkit.statistics.moved_share import moved_share
from toolkit.statistics.resampling import clustered_mean_test
from toolkit.store import RunFolder

MEASURES = (SCORE, FIRST, VENDI, ALIKE)
FEWEST_TWINS = 4  # pairs, below which pictures are not held against one another


def costs(
    runs: tuple[RunFolder, RunFolder],
    painted: tuple[Painted, Painted],
    pair: Pair,
    texts: Callable[[], TextEmbedder | None],
    confidence: float = 0.95,
) -> list[Cost]:
    """Return what the pictures of `pair` in the second audit cost against those of the first, of all prompts and by
    concept; all figures are of pictures of one prompt and seed on both sides.

    - `clip_score`, the mean cosine with the prompt as it was written, not as it was sent; Student's t over prompts (10
      or more) or seeds. `own_prompt_nearest`, the share whose own prompt lies nearest of all; see `moved_share`.
    - `vendi` of all of them, `intra_prompt_similarity`, and to the data of the first audit `kid`, and `fid` where there
      are more pictures than features: jackknife of seeds.

    `texts` gives the network that embeds prompts, None where it is gone.
    """
    seen = twin_vectors(runs, painted, pair)
    found = [] if isinstance(seen, str) else _of_twins(seen, texts(), confidence)
    if isinstance(seen, str):
        found = [missing(measure, ALL, seen) for measure in MEASURES]
    return found + fidelity_costs(runs, painted, pair, confidence)


def _of_twins(twins: TwinVectors, network: TextEmbedder | None, confidence: float) -> list[Cost]:
    names = sorted({name for some in twins.slices for name in some})
    known = network if network is not None and network.fingerprint == twins.network else None
    prompts = tuple(sorted(set(twins.prompts)))
    vectors = None if known is None else known.embed_texts(prompts).astype(np.float64)
    rows: list[Cost] = []
    for name in (ALL, *names):
        some = twins.of_slice(name)
        if len(some.seeds) < FEWEST_TWINS:
            why = f"{len(some.seeds)} pairs of one prompt and seed; {FEWEST_TWINS} at least are needed"
            rows += [missing(measure, name, why, len(some.seeds)) for measure in MEASURES]
            continue
        if vectors is None:
            rows += [missing(measure, name, NO_TEXTS, len(some.seeds)) for measure in (SCORE, FIRST)]
        else:
            rows += _adherence(name, some, prompts, vectors, confidence)
        rows += [_vendi(name, some, confidence), _alike(name, some, confidence)]
    return rows


def _adherence(
    name: str, twins: TwinVectors, prompts: tuple[str, ...], vectors: Reals, confidence: float
) -> list[Cost]:
    place = {prompt: index for index, prompt in enumerate(prompts)}
    own = np.array([place[one] for one in twins.prompts])
    cosines = [np.round(side @ vectors.T, 6) for side in (twins.before, twins.after)]
    scores = [side[np.arange(len(own)), own] for side in cosines]
    found = redrawn(twins.prompts, twins.seeds)
    if found is None:
        return [missing(measure, name, "all pictures are of one seed", len(own)) for measure in (SCORE, FIRST)]
    clusters, unit = found
    several = len(set(clusters))
    change = float((scores[1] - scores[0]).mean())
    reach = _student(several, confidence) * clustered_mean_test(scores[1] - scores[0], clusters, 0.0).error
    score = Estimate(change, change - reach, change + reach)
    rows = [told(SCORE, name, _means(scores), score, len(own), several, f"Student's t over {unit}")]
    if len(prompts) < 2:
        return [*rows, missing(FIRST, name, "one prompt alone is always the nearest", len(own))]
    hits = [(nearest_prompts(side) == own).astype(np.float64) for side in cosines]
    moved = moved_share(hits[0], hits[1], np.array(clusters), 1.0, confidence).change
    method = f"adjusted Wald over {unit}"
    return [*rows, told(FIRST, name, _means(hits), moved, len(own), several, method)]


def _means(sides: Sequence[Reals]) -> tuple[float, float]:
    return float(sides[0].mean()), float(sides[1].mean())


def _vendi(name: str, twins: TwinVectors, confidence: float) -> Cost:
    return jackknifed(VENDI, name, twins, vendi, confidence)


def _alike(name: str, twins: TwinVectors, confidence: float) -> Cost:
    """Return the change of the mean cosine of two pictures of one prompt, over prompts of at least three."""
    _, prompt, times = np.unique(np.array(twins.prompts), return_inverse=True, return_counts=True)
    several = np.flatnonzero(times[prompt] > 2)
    if len(several) == 0:
        return missing(ALIKE, name, "no prompt has three pairs", len(prompt))
    chosen = twins._replace(
        seeds=tuple(twins.seeds[one] for one in several), before=twins.before[several], after=twins.after[several]
    )
    kept = prompt[several]

    def alike(vectors: Reals, places: Places) -> float:
        groups = [vectors[kept[places] == one] for one in np.unique(kept[places])]
        return float(np.mean([mean_similarity(some) for some in groups if len(some) > 1]))

    return jackknife_of(ALIKE, name, chosen, alike, confidence)


def _student(clusters: int, confidence: float) -> float:
    from scipy.stats import t  # slow to import

    return float(t.ppf(0.5 + confidence / 2, clusters - 1))
