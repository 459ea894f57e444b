"""Whether pictures of a second audit lie farther from the data than those of the first from the same noise."""

from __future__ import annotations

from math import sqrt

import numpy as np

from toolkit.audit.comparing.cost import JACKKNIFE, Cost, jackknifed, missing
from toolkit.audit.comparing.same_noise import Painted
from toolkit.audit.comparing.sides import Pair
from toolkit.audit.comparing.twin_vectors import data_vectors, twin_vectors
from toolkit.audit.embeddings import FEATURES, TABLE
from toolkit.audit.measuring.fidelity import FEWEST, FID, KID, MOST, SEED
from toolkit.audit.subjects import ALL
from toolkit.statistics.fidelity import frechet_distance
from toolkit.statistics.kernel_distance import kernel_distance
from toolkit.store import RunFolder

NO_DATA = "the first audit holds no pictures of data to hold them against; audit with --data"


def fidelity_costs(
    runs: tuple[RunFolder, RunFolder], painted: tuple[Painted, Painted], pair: Pair, confidence: float
) -> list[Cost]:
    """Return the change of `kid` to the data of the first audit, and of `fid` where there are more pictures than
    features, in the features of the network that the recipes name for that, or else of the pairing network."""
    seen = twin_vectors(runs, painted, pair, FEATURES)
    table = TABLE if isinstance(seen, str) else FEATURES
    seen = twin_vectors(runs, painted, pair) if isinstance(seen, str) else seen
    if isinstance(seen, str):
        return [missing(KID, ALL, seen)]
    data, pairs = data_vectors(runs[0], seen.network, table), len(seen.seeds)
    if len(data) < FEWEST or pairs < FEWEST:
        why = f"{pairs} pairs of pictures and {len(data)} of the data; {FEWEST} of each at least are needed"
        return [missing(KID, ALL, why if len(data) else NO_DATA, pairs)]
    size, stream = data.shape[1], np.random.default_rng(SEED)
    chosen = np.sort(stream.permutation(pairs)[:MOST])
    real = data[np.sort(stream.permutation(len(data))[:MOST])] * sqrt(size)
    some = seen._replace(
        seeds=tuple(seen.seeds[one] for one in chosen),
        before=seen.before[chosen] * sqrt(size),
        after=seen.after[chosen] * sqrt(size),
    )
    network = "the pairing network" if table == TABLE else "the network for distances"
    kid = jackknifed(KID, ALL, some, lambda vectors: kernel_distance(vectors, real).value, confidence)
    found = [kid._replace(method=f"{JACKKNIFE}; data fixed, by {network}")]
    if min(len(chosen) * 9 // 10, len(real)) > size:
        fid = jackknifed(FID, ALL, some, lambda vectors: frechet_distance(vectors, real) / size, confidence)
        found.append(fid._replace(method=found[0].method))
    return found
