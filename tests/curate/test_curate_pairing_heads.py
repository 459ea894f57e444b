"""Heads on embeddings: one trained here on real pictures, and the shapes of the public ones."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from crops import write_crops
from embedded_sample import EmbeddedSample, embedded_sample
from safetensors.torch import save_file
from sklearn.linear_model import Ridge
from sklearn.metrics import roc_auc_score

from toolkit.curate.pairing.heads import Head, read_layers
from toolkit.curate.pairing.recipe import HeadRecipe
from toolkit.curate.scorer import Batch
from toolkit.curate.stage import curate
from toolkit.errors import ModelError


@pytest.fixture(scope="module")
def sample(cache: Path) -> EmbeddedSample:
    return embedded_sample(cache)


@pytest.fixture(scope="module")
def ridge(sample: EmbeddedSample, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ridge regression of "is clip art", trained on half of the sample, in the layout of LAION's linear heads."""
    drawn = sample.sources == "openclipart"
    fitted = Ridge(1.0).fit(sample.pictures[::2], drawn[::2])
    path = tmp_path_factory.mktemp("heads") / "drawn.safetensors"
    weight = torch.tensor(fitted.coef_, dtype=torch.float32).reshape(1, -1)
    save_file({"weight": weight, "bias": torch.tensor([fitted.intercept_], dtype=torch.float32)}, path)
    return path


def scores_of(sample: EmbeddedSample, path: Path, **asked: object) -> list[float]:
    head = Head("drawn", HeadRecipe(weights=str(path), **asked), sample.embedder)
    head.setup()
    return list(head.score(Batch(embeddings=sample.pictures))["head_drawn"])  # type: ignore[arg-type]


def test_a_real_head_tells_pictures_apart_that_it_was_not_trained_on(sample: EmbeddedSample, ridge: Path) -> None:
    drawn = sample.sources == "openclipart"
    assert 50 < drawn.sum() < 250
    area = roc_auc_score(drawn[1::2], scores_of(sample, ridge)[1::2])
    print(f"clip art against emoji, held out: AUROC {area:.3f}")
    assert area > 0.9


def test_sigmoid_gives_a_probability(sample: EmbeddedSample, ridge: Path) -> None:
    plain = np.array(scores_of(sample, ridge))
    np.testing.assert_allclose(scores_of(sample, ridge, output="sigmoid"), 1 / (1 + np.exp(-plain)), rtol=1e-6)


@pytest.mark.parametrize("activation", ["none", "relu"])
def test_the_layout_of_the_improved_aesthetic_predictor_is_read(
    sample: EmbeddedSample, tmp_path: Path, activation: str
) -> None:
    """Linear layers 0, 2, 4, 6, 7 of sizes 1024, 128, 64, 16, 1: between them, dropout or ReLU."""
    sizes = [sample.pictures.shape[1], 1024, 128, 64, 16, 1]
    with torch.random.fork_rng():
        torch.manual_seed(0)
        linear = [torch.nn.Linear(*pair) for pair in pairwise(sizes)]
    between = torch.nn.ReLU() if activation == "relu" else torch.nn.Identity()
    network = torch.nn.Sequential(
        linear[0], between, linear[1], between, linear[2], between, linear[3], between, linear[4]
    )
    names = ("0", "2", "4", "6", "7")
    state = {
        f"layers.{name}.{part}": getattr(layer, part).detach()
        for name, layer in zip(names, linear, strict=True)
        for part in ("weight", "bias")
    }
    save_file(state, tmp_path / "mlp.safetensors")
    with torch.no_grad():
        wanted = network(torch.tensor(sample.pictures))[:, 0].numpy()
    found = scores_of(sample, tmp_path / "mlp.safetensors", activation=activation)
    np.testing.assert_allclose(found, wanted, atol=1e-4)


def test_a_pickle_is_read_only_where_that_was_said(sample: EmbeddedSample, ridge: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    torch.save(load_file(ridge), tmp_path / "head.pth")
    with pytest.raises(ModelError, match="is a pickle"):
        scores_of(sample, tmp_path / "head.pth")
    assert scores_of(sample, tmp_path / "head.pth", allow_pickle=True) == scores_of(sample, ridge)


def test_a_head_for_another_network_is_an_error(sample: EmbeddedSample, tmp_path: Path) -> None:
    save_file({"weight": torch.zeros(1, 768), "bias": torch.zeros(1)}, tmp_path / "l14.safetensors")
    with pytest.raises(ModelError, match=r"heads\.drawn: .* embeddings of 768 numbers, but those of zoo:clip"):
        scores_of(sample, tmp_path / "l14.safetensors")


def test_a_file_without_layers_is_an_error(tmp_path: Path) -> None:
    save_file({"weight": torch.zeros(2, 8)}, tmp_path / "two.safetensors")
    with pytest.raises(ModelError, match=r"to one number; found weight \(2, 8\)"):
        read_layers(tmp_path / "two.safetensors")
    with pytest.raises(ModelError, match="no weights at"):
        read_layers(tmp_path / "none.safetensors")


def test_a_run_drops_what_a_head_rejects(ridge: Path, tmp_path: Path) -> None:
    recipe = {"pairing": {"model": "zoo:clip", "heads": {"drawn": {"weights": str(ridge), "maximum": 0.5}}}}
    run = curate(write_crops(tmp_path / "crops", rows=12), tmp_path / "out", recipe=recipe)
    scores = run.read("scores")["head_drawn"].to_pylist()
    reasons = [[reason["rule"] for reason in row["reasons"]] for row in run.read("decisions").to_pylist()]
    assert [("head_drawn" in rules) for rules in reasons] == [score > 0.5 for score in scores]
    assert "head_drawn" in run.stages["curate"]["counts"]["scorers"]
