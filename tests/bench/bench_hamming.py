"""How long the search for near hashes takes, and in how much memory: `bench_hamming.py [ROWS ...]`.

All pairs and clusters of uniform hashes, and clusters of skewed ones (a tenth of the rows share 5 hashes, a tenth lie
within 3 bits of 5 others, as near-blank pictures do), at radius 4 and 10, each in a process of its own. Beside them, up
to 30,000 rows: brute force and faiss, which must find as many pairs.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from toolkit.curate.duplicates.hamming import join_near, near_pairs

ROWS = (3_000, 30_000, 300_000, 3_000_000)
PEER_ROWS = 30_000


def hashes_of(shape: str, rows: int) -> NDArray[np.uint64]:
    """Return `rows` hashes, `uniform` or `skewed`."""
    random = np.random.default_rng(rows)
    hashes = random.integers(0, 2**64, rows, dtype=np.uint64)
    if shape == "skewed":
        tenth = rows // 10
        hashes[:tenth] = hashes[random.integers(tenth, tenth + 5, tenth)]
        flips = np.zeros(tenth, np.uint64)
        for _ in range(3):
            flips |= np.uint64(1) << random.integers(0, 64, tenth).astype(np.uint64)
        hashes[tenth : 2 * tenth] = hashes[random.integers(2 * tenth, 2 * tenth + 5, tenth)] ^ flips
    return random.permutation(hashes)


def count_pairs(hashes: NDArray[np.uint64], radius: int) -> int:
    """Return the number of pairs, by this project's search."""
    return sum(len(first) for first, _ in near_pairs(hashes, radius))


def count_clusters(hashes: NDArray[np.uint64], radius: int) -> int:
    """Return the number of clusters where every pair is accepted."""
    return len(np.unique(join_near(hashes, radius, lambda first, second: np.ones(len(first), bool))))


def count_by_brute_force(hashes: NDArray[np.uint64], radius: int) -> int:
    """Return the number of pairs, comparing all with all."""
    return sum(
        int((np.bitwise_count(hashes[row] ^ hashes[row + 1 :]) <= radius).sum()) for row in range(len(hashes) - 1)
    )


def count_by_faiss(hashes: NDArray[np.uint64], radius: int) -> int:
    """Return the number of pairs by the index that faiss has for this, cut as finely as it stays exact."""
    import faiss

    index = faiss.IndexBinaryMultiHash(64, 4, 16)
    index.nflip = radius // 4
    packed = hashes.view(np.uint8).reshape(-1, 8)
    index.add(packed)
    limits, _, _ = index.range_search(packed, radius + 1)
    return (int(limits[-1]) - len(hashes)) // 2


TASKS = {
    "pairs": count_pairs,
    "clusters": count_clusters,
    "brute force": count_by_brute_force,
    "faiss IndexBinaryMultiHash": count_by_faiss,
}


def measure(task: str, shape: str, rows: int, radius: int) -> dict[str, object]:
    """Return seconds, GiB at the peak and what was counted, of one task in this process."""
    hashes = hashes_of(shape, rows)
    started = perf_counter()
    count = TASKS[task](hashes, radius)
    seconds = round(perf_counter() - started, 3)
    peak = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 3)
    about = {"task": task, "shape": shape, "rows": rows, "radius": radius}
    return about | {"seconds": seconds, "peak_gib": peak, "count": count}


def measure_apart(*asked: object) -> dict[str, object]:
    """Return what `measure` returns in a fresh process."""
    command = [sys.executable, __file__, "--one", *map(str, asked)]
    found: dict[str, object] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


def main(sizes: list[int]) -> None:
    """Print all results as JSON."""
    results: list[dict[str, object]] = []
    for rows in sizes:
        peers = ["brute force", "faiss IndexBinaryMultiHash"] if rows <= PEER_ROWS else []
        for radius in (4, 10):
            tasks = ["pairs", "clusters", *peers]
            results += [measure_apart(task, "uniform", rows, radius) for task in tasks]
            results.append(measure_apart("clusters", "skewed", rows, radius))
    print(json.dumps({"bench": "hamming", "results": results}, indent=1))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        task, shape, rows, radius = sys.argv[2:]
        print(json.dumps(measure(task, shape, int(rows), int(radius))))
    else:
        main([int(one) for one in sys.argv[1:]] or list(ROWS))
