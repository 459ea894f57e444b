"""Dividing embeddings into clusters, and keeping those that a target falls into: the filter of DataComp.

Gadre et al., DataComp (arXiv 2304.14108), section 3.4 and baselines/image_based_clustering.py of its code: k-means with
20 iterations by squared distance; a vector then belongs to the centroid with the highest inner product.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolkit.curate.duplicates.cosine_search import one_thread
from toolkit.curate.duplicates.vector_file import Vectors
from toolkit.curate.pairing.chunks import ROWS, chunks
from toolkit.curate.pairing.recipe import KMeansRecipe

ROWS_A_CLUSTER = 128  # DataComp: 100,000 clusters of 12.8M pairs
_ITERATIONS = 20
_BLOCK = 1 << 24  # inner products at a time: 64 MiB


def centroids_of(vectors: Vectors, asked: KMeansRecipe) -> NDArray[np.float32]:
    """Return the centroids of `vectors` (n, dimension), n at least 1, float32 (clusters, dimension).

    The same vectors and seed give the same centroids. Trained on a random `sample` of the vectors, which is what is
    in memory.
    """
    import faiss

    rows = min(len(vectors), asked.sample)
    clusters = min(asked.clusters or max(1, len(vectors) // ROWS_A_CLUSTER), rows)
    chosen = np.sort(np.random.Generator(np.random.PCG64(asked.seed)).permutation(len(vectors))[:rows])
    means = faiss.Kmeans(
        vectors.shape[1],
        clusters,
        niter=_ITERATIONS,
        seed=asked.seed,
        min_points_per_centroid=1,
        max_points_per_centroid=rows,
    )
    with one_thread():
        means.train(vectors[chosen])
    return np.asarray(means.centroids, np.float32)


def nearest(vectors: Vectors, centroids: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the centroid with the highest inner product for each of `vectors`, int64 (n,)."""
    found = np.empty(len(vectors), np.int64)
    for places, some in chunks(vectors, max(1, min(ROWS, _BLOCK // len(centroids)))):
        found[places] = (some @ centroids.T).argmax(axis=1)
    return found


def in_target_clusters(
    vectors: Vectors, target: Vectors, asked: KMeansRecipe
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the cluster of each of `vectors`, int64 (n,), and whether one of `target` falls into it, bool (n,)."""
    centroids = centroids_of(vectors, asked)
    clusters = nearest(vectors, centroids)
    wanted = np.zeros(len(centroids), bool)
    wanted[nearest(target, centroids)] = True
    return clusters, wanted[clusters]
