from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from toolkit.errors import ModelError
from toolkit.train.loop import Budget, MovingAverage, learning_rate_factor, optimise
from toolkit.train.recipes import OptimiserRecipe
from toolkit.train.training_set import endless_batches

RECIPE = OptimiserRecipe(batch_size=2, steps=200, learning_rate=0.05, weight_decay=0.0)


def test_it_finds_a_minimum_and_says_how() -> None:
    target, found = torch.tensor([1.0, -2.0]), nn.Parameter(torch.zeros(2))
    result = optimise([found], lambda step: (found - target).square().sum(), RECIPE, Budget(200))
    assert torch.allclose(found, target, atol=0.05)
    assert result.steps == 200
    assert result.curve[-1].step == 200
    assert result.curve[-1].loss < result.curve[0].loss / 100


def test_a_time_budget_ends_training_early() -> None:
    found = nn.Parameter(torch.zeros(2))
    result = optimise([found], lambda step: found.square().sum(), RECIPE, Budget(10_000_000, minutes=0.01))
    assert 0 < result.steps < 10_000_000
    assert 0.5 <= result.seconds < 5


def test_a_loss_that_is_not_finite_is_an_error_that_says_what_to_do() -> None:
    found = nn.Parameter(torch.ones(1))
    with pytest.raises(ModelError, match="lower the learning_rate"):
        optimise([found], lambda step: found.sum() * float("nan"), RECIPE, Budget(5))


def test_the_moving_average_is_stepped_and_swap_puts_both_back() -> None:
    network = nn.Linear(1, 1, bias=False)
    average = MovingAverage(network, 0.9)
    with torch.no_grad():
        network.weight.fill_(10.0)
    for _ in range(500):
        average.update()
    with torch.no_grad():
        network.weight.fill_(-3.0)
    average.swap()
    assert network.weight.item() == pytest.approx(10.0, abs=1e-3)
    average.swap()
    assert network.weight.item() == -3.0
    assert average.steps == 500


@given(done=st.floats(0, 1), warmup=st.floats(0.01, 0.5))
def test_the_rate_rises_then_falls_and_stays_within_its_peak(done: float, warmup: float) -> None:
    factor = learning_rate_factor(done, warmup)
    assert 0 <= factor <= 1
    assert learning_rate_factor(warmup, warmup) == pytest.approx(1)
    assert learning_rate_factor(1, warmup) == pytest.approx(0)


@given(count=st.integers(1, 40), batch_size=st.integers(1, 60), seed=st.integers(0, 5))
def test_every_pass_uses_every_index_once(count: int, batch_size: int, seed: int) -> None:
    indices = np.arange(100, 100 + count)
    batches, again = endless_batches(indices, batch_size, seed), endless_batches(indices, batch_size, seed)
    drawn = [next(batches) for _ in range(2 * count)]
    assert all(len(batch) == batch_size for batch in drawn)
    assert all(np.array_equal(batch, next(again)) for batch in drawn)
    stream = np.concatenate(drawn)
    for start in range(0, len(stream) - count + 1, count):
        assert sorted(stream[start : start + count]) == indices.tolist()
