"""Distances and manifolds of features: torch-fidelity and scipy as oracles, and what sets of one kind show."""

import importlib

import numpy as np
import pytest
from scipy.linalg import sqrtm

from toolkit.models import torchvision_ops
from toolkit.statistics.fidelity import Manifolds, frechet_distance, grouped_jackknife, manifolds
from toolkit.statistics.kernel_distance import kernel_distance


def features(seed, count, shift=0.0, size=6):
    stream = np.random.default_rng(seed)
    return stream.gamma(2.0, size=(count, size)) + shift * (np.arange(size) < 2)


def torch_fidelity(module):
    torchvision_ops.ensure()
    pytest.importorskip("torch_fidelity", reason="pip install torch-fidelity")
    return importlib.import_module(f"torch_fidelity.{module}")


def test_frechet_is_the_formula_and_0_for_one_set():
    x, y = features(0, 40), features(1, 50, shift=0.7)
    one, other = np.cov(x.T), np.cov(y.T)
    expected = ((x.mean(0) - y.mean(0)) ** 2).sum() + np.trace(one + other - 2 * sqrtm(one @ other).real)
    assert frechet_distance(x, y) == pytest.approx(expected, rel=1e-6)
    assert frechet_distance(y, x) == pytest.approx(expected, rel=1e-6)
    assert frechet_distance(x, x) == pytest.approx(0, abs=1e-9)


def test_frechet_is_biased_by_few_pictures_and_the_kernel_distance_is_not():
    few, many = (
        [(frechet_distance(*pair), kernel_distance(*pair).value) for pair in pairs]
        for pairs in (
            [(features(2 * one, 15), features(2 * one + 1, 15)) for one in range(40)],
            [(features(900 + one, 300), features(990 + one, 300)) for one in range(5)],
        )
    )
    assert np.mean(few, axis=0)[0] > 5 * np.mean(many, axis=0)[0] > 0
    kernel = np.array(few)[:, 1]
    assert abs(kernel.mean()) < 3 * kernel.std() / 40**0.5


def test_distances_are_those_of_torch_fidelity():
    fid, kid = torch_fidelity("metric_fid"), torch_fidelity("metric_kid")
    x, y = features(3, 60), features(4, 60, shift=0.5)
    expected = fid.fid_statistics_to_metric(
        *({"mu": one.mean(0), "sigma": np.cov(one, rowvar=False)} for one in (x, y)), verbose=False
    )
    assert frechet_distance(x, y) == pytest.approx(float(expected["frechet_inception_distance"]), rel=1e-6)
    assert kernel_distance(x, y).value == pytest.approx(float(kid.kernel_mmd(x, y)), rel=1e-6)


def test_precision_and_recall_are_those_of_torch_fidelity_the_model_first():
    import torch

    prc = torch_fidelity("metric_prc")
    model, data = features(5, 50, shift=1.5), features(6, 70)
    expected = prc.calculate_precision_recall_full(torch.from_numpy(model), torch.from_numpy(data), 3)
    found = manifolds(model, data)
    assert found[:2] == pytest.approx(expected, abs=1e-6)
    assert abs(found.precision - found.recall) > 0.05
    assert manifolds(data, model)[:2] == pytest.approx(expected[::-1], abs=1e-6)


def test_density_and_coverage_are_the_definitions():
    model, data, k = features(7, 20, shift=1.0), features(8, 24), 5
    apart = np.linalg.norm(model[:, None] - data[None], axis=-1)
    own = np.sort(np.linalg.norm(data[:, None] - data[None], axis=-1), axis=1)[:, k]
    found = manifolds(model, data)
    assert found.density == pytest.approx(sum(apart[j, i] <= own[i] for i in range(24) for j in range(20)) / (k * 20))
    assert found.coverage == pytest.approx(np.mean([apart[:, i].min() <= own[i] for i in range(24)]))


def test_what_paints_one_picture_is_precise_and_recalls_nothing():
    data = features(9, 80)
    found = manifolds(np.tile(data[:1], (80, 1)), data)
    assert found.precision == 1
    assert found.recall < 0.05
    assert found.coverage < 0.2
    far = manifolds(data + 100, data)
    assert far == Manifolds(0, 0, 0, 0)


def test_errors_are_those_of_sets_drawn_again():
    data = features(10, 120)
    drawn = np.array([manifolds(features(100 + one, 120, shift=0.5), data) for one in range(80)])
    errors = []
    for one in range(12):
        model = features(100 + one, 120, shift=0.5)
        errors.append(
            grouped_jackknife(lambda kept, model=model: np.array(manifolds(model[kept], data)), np.arange(120)).errors
        )
    ratio = np.mean(errors, axis=0) / drawn.std(axis=0)
    assert ((ratio > 0.75) & (ratio < 2)).all()  # too large rather than too small: recall by 1.6
    values = np.random.default_rng(0).normal(size=200)
    error = grouped_jackknife(lambda kept: np.array([values[kept].mean()]), np.arange(200)).errors
    assert error[0] == pytest.approx(200**-0.5, rel=0.4)
    doubled = grouped_jackknife(lambda kept: np.array([np.repeat(values, 2)[kept].mean()]), np.arange(400) // 2)
    assert doubled.errors[0] == pytest.approx(error[0])
    assert doubled.freedom == 19
    assert doubled.half_widths(0.95)[0] == pytest.approx(2.093 * error[0], rel=1e-4)  # t of 19, two-sided


def test_sets_that_cannot_be_compared_are_refused():
    with pytest.raises(ValueError, match="takes more than 6 pictures"):
        frechet_distance(features(0, 6), features(1, 50))
    with pytest.raises(ValueError, match="more than 5 of each"):
        manifolds(features(0, 5), features(1, 50))
    with pytest.raises(ValueError, match="cannot be compared"):
        manifolds(features(0, 9), features(1, 9, size=5))
    with pytest.raises(ValueError, match="one cluster alone"):
        grouped_jackknife(lambda kept: np.zeros(1), np.zeros(5))
