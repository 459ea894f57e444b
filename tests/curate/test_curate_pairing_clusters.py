"""DataComp's cluster filters, by pictures and by captions, and the filter by listed concepts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from crops import write_crops
from embedded_sample import EmbeddedSample, embedded_sample
from sklearn.cluster import KMeans

from toolkit.curate.pairing.caption_clusters import CaptionClusters
from toolkit.curate.pairing.image_clusters import ImageClusters
from toolkit.curate.pairing.kmeans import centroids_of, in_target_clusters, nearest
from toolkit.curate.pairing.recipe import CaptionClustersRecipe, ImageClustersRecipe, KMeansRecipe
from toolkit.curate.pairing.target import Target
from toolkit.curate.stage import curate
from toolkit.errors import RecipeError


@pytest.fixture(scope="module")
def sample(cache: Path) -> EmbeddedSample:
    return embedded_sample(cache)


def inertia(vectors: np.ndarray, centroids: np.ndarray) -> float:
    return float(((vectors[:, None] - centroids[None]) ** 2).sum(axis=2).min(axis=1).sum())


def test_clusters_are_as_tight_as_those_of_scikit_learn(sample: EmbeddedSample) -> None:
    ours = centroids_of(sample.pictures, KMeansRecipe(clusters=12))
    theirs = KMeans(12, n_init=10, random_state=0).fit(sample.pictures)
    assert ours.shape == (12, sample.pictures.shape[1])
    assert inertia(sample.pictures, ours) < 1.1 * theirs.inertia_


def test_the_same_seed_gives_the_same_clusters(sample: EmbeddedSample) -> None:
    first, again = (centroids_of(sample.pictures, KMeansRecipe(clusters=9, seed=4)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, centroids_of(sample.pictures, KMeansRecipe(clusters=9, seed=5)))


def test_a_sample_bounds_what_is_trained_on(sample: EmbeddedSample) -> None:
    assert len(centroids_of(sample.pictures, KMeansRecipe(clusters=50, sample=20))) == 20
    assert len(centroids_of(sample.pictures, KMeansRecipe())) == len(sample.pictures) // 128


def test_membership_is_the_highest_inner_product(sample: EmbeddedSample) -> None:
    asked = KMeansRecipe(clusters=20)
    centroids = centroids_of(sample.pictures, asked)
    products = sample.pictures @ centroids.T
    np.testing.assert_array_equal(nearest(sample.pictures, centroids), products.argmax(axis=1))
    clusters, near = in_target_clusters(sample.pictures, sample.pictures[:3], asked)
    np.testing.assert_array_equal(near, np.isin(products.argmax(axis=1), products[:3].argmax(axis=1)))
    assert near[:3].all()
    assert clusters.max() < 20


def test_photographs_stay_where_photographs_are_the_target(sample: EmbeddedSample, tmp_path: Path, cache: Path) -> None:
    crops = write_crops(tmp_path / "crops", rows=12)
    target = Target(str(crops), sample.embedder, tmp_path)
    run = curate(crops, tmp_path / "run", recipe={"pairing": {"model": "zoo:clip"}})
    photographs = run.read("pairs")["content_id"].to_pylist()
    ids = sample.table["content_id"].to_pylist() + photographs
    table = pa.table(
        {"sample_id": pa.array(range(len(ids))), "content_id": ids, "pairing_similarity": [0.0] * len(ids)}
    )
    asked = ImageClustersRecipe(target=str(crops), clusters=10)
    taken = ImageClusters(asked, target, sample.embedder.known_pictures, tmp_path).judge(table)
    kept = np.setdiff1d(np.arange(len(ids)), taken.rows)
    assert set(range(len(ids) - len(photographs), len(ids))) <= set(kept.tolist())
    assert len(taken.rows) > 0.8 * len(sample.table)
    assert taken.explain(0).text.endswith(f"where no picture of {crops} is")


def test_captions_near_a_concept_stay(sample: EmbeddedSample, tmp_path: Path) -> None:
    concepts = ("a woman", "a man", "a flag", "a cat")
    asked = CaptionClustersRecipe(concepts=concepts, clusters=40)
    taken = CaptionClusters(asked, sample.embedder, tmp_path).judge(sample.table)
    likeness = (sample.captions @ sample.embedder.embed_captions(concepts).T).max(axis=1)
    kept = np.setdiff1d(np.arange(len(likeness)), taken.rows)
    stay, go = likeness[kept].mean(), likeness[taken.rows].mean()
    print(f"cosine to the nearest concept: {stay:.3f} of the {len(kept)} that stay, {go:.3f} of the others")
    assert 0 < len(kept) < len(likeness)
    assert stay > go + 0.1
    assert "none of the concepts" in taken.explain(0).text


def test_no_rows_are_no_clusters(sample: EmbeddedSample, tmp_path: Path) -> None:
    none = sample.table.slice(0, 0)
    asked = CaptionClustersRecipe(concepts=("flag",))
    assert CaptionClusters(asked, sample.embedder, tmp_path).judge(none).rows.tolist() == []


def test_captions_that_name_no_listed_concept_go(tmp_path: Path) -> None:
    (tmp_path / "concepts.txt").write_text("# what pictures should show\nOrange Suit\ncup\n")
    recipe = {"pairing": {"caption_concepts": str(tmp_path / "concepts.txt")}}
    run = curate(write_crops(tmp_path / "crops", rows=12), tmp_path / "out", recipe=recipe)
    decided = run.read("decisions").to_pylist()
    captions = run.read("pairs")["caption"].to_pylist()
    for caption, one in zip(captions, decided, strict=True):
        went = "pairing_caption_concepts" in [reason["rule"] for reason in one["reasons"]]
        assert went == ("cat" in caption)
    text = next(one["reasons"][0]["text"] for one in decided if one["reasons"])
    assert text == "caption names 0 of the listed concepts; at least 1 is asked for"


def test_a_list_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"pairing\.caption_concepts: .* cannot be read"):
        curate("zoo:sample", tmp_path / "out", recipe={"pairing": {"caption_concepts": str(tmp_path / "none.txt")}})
