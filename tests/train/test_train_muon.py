"""Muon: its steps are those of torch's own, beside AdamW for the rest; a training by it resumes and can be chosen."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from toolkit.models.transformer import Transformer, TransformerConfig
from toolkit.train.batches import Batches
from toolkit.train.draw import Draw
from toolkit.train.loop import Budget, TrainingResult, optimise
from toolkit.train.muon import Muon, create_optimiser, hidden_matrices, orthogonal
from toolkit.train.recipes import OptimiserRecipe
from toolkit.train.trainer import Trainer

RECIPE = OptimiserRecipe(method="muon", batch_size=4, learning_rate=0.02, warmup=0.1)


class Deep(nn.Module):
    """A small network of two blocks that learns to add up; `breaks_at` interrupts it."""

    def __init__(self, breaks_at: int | None = None) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.blocks = nn.ModuleList(nn.Sequential(nn.Linear(6, 18), nn.GELU(), nn.Linear(18, 6)) for _ in range(2))
        self.output = nn.Linear(6, 1)
        self.breaks_at, self.calls = breaks_at, 0
        self._inputs = torch.randn(10, 6, generator=torch.Generator().manual_seed(1))

    def forward(self, chosen: torch.Tensor, draw: Draw) -> torch.Tensor:
        self.calls += 1
        if self.calls == self.breaks_at:
            raise KeyboardInterrupt
        x = self._inputs[chosen]
        for block in self.blocks:
            x = x + block(x)
        return (self.output(x)[:, 0] - self._inputs[chosen].sum(1) - draw.normal() * 0.01).square().mean()


def learn(network: Deep, folder: Path | None = None, recipe: OptimiserRecipe = RECIPE) -> TrainingResult:
    trainer = Trainer(seed=3, folder=folder, device="cpu", checkpoint_minutes=0)
    return optimise(network, Batches(torch.arange(10).numpy(), 4, seed=5), recipe, Budget(60), trainer, part="deep")


@given(rows=st.integers(1, 24), columns=st.integers(1, 24), seed=st.integers(0, 5))
@settings(deadline=None)
def test_a_matrix_is_made_orthogonal_whatever_its_shape_and_length(rows: int, columns: int, seed: int) -> None:
    matrix = torch.randn(1, rows, columns, generator=torch.Generator().manual_seed(seed))
    left, values, right = torch.linalg.svd(matrix[0], full_matrices=False)
    if values[-1] < 0.05 * values[0]:  # five iterations do not lift what is nearly zero
        return
    for scale in (1e-3, 1.0, 1e3):
        found = torch.diagonal(left.T @ orthogonal(matrix * scale)[0] @ right.T)
        assert bool(((found > 0.6) & (found < 1.25)).all())


@pytest.mark.parametrize("shape", [(8, 8), (8, 24), (32, 8)])
def test_steps_of_a_matrix_are_those_of_torchs_own_muon(shape: tuple[int, int]) -> None:
    start = torch.randn(shape, generator=torch.Generator().manual_seed(2))
    ours, theirs = nn.Parameter(start.clone()), nn.Parameter(start.clone())
    mine = Muon([(ours, 1)], [], lr=0.01, betas=(0.9, 0.99), weight_decay=0.1)
    other = torch.optim.Muon([theirs], lr=0.01, weight_decay=0.1, adjust_lr_fn="match_rms_adamw")
    for step in range(5):
        gradient = torch.randn(shape, generator=torch.Generator().manual_seed(step))
        ours.grad, theirs.grad = gradient.clone(), gradient.clone()
        mine.step()
        other.step()
        assert torch.equal(ours.grad, gradient)
    moved = (theirs - start).norm()
    assert (ours - theirs).norm() < 0.02 * moved  # theirs iterates in bfloat16


def test_what_is_no_hidden_matrix_moves_as_by_adamw() -> None:
    ours, theirs = Deep(), Deep()
    mine = create_optimiser(ours, RECIPE)
    matrices = {id(one) for one, _ in hidden_matrices(theirs)}
    rest = [one for one in theirs.parameters() if id(one) not in matrices]
    other = torch.optim.AdamW(rest, lr=RECIPE.learning_rate, betas=RECIPE.betas, weight_decay=RECIPE.weight_decay)
    for network, optimiser in ((ours, mine), (theirs, other)):
        for seed, one in enumerate(network.parameters()):
            one.grad = torch.randn(one.shape, generator=torch.Generator().manual_seed(seed))
        optimiser.step()
    for (name, one), same in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        hidden = name.startswith("blocks") and one.ndim == 2
        assert torch.equal(one, same) is not hidden


def test_hidden_matrices_are_those_of_blocks_with_queries_keys_and_values_apart() -> None:
    network = Transformer(TransformerConfig(width=24, layers=2, heads=2))
    found = [(*one.shape, stacked) for one, stacked in hidden_matrices(network)]
    assert sorted(found) == sorted([(72, 24, 3), (24, 24, 1), (96, 24, 1), (24, 96, 1)] * 2)
    network.blocks[0].requires_grad_(False)
    assert len(hidden_matrices(network)) == 4


@pytest.mark.parametrize("broken_at", [2, 31])
def test_a_training_by_it_that_is_interrupted_goes_on_as_if_nothing_had_happened(
    tmp_path: Path, broken_at: int
) -> None:
    whole = Deep()
    expected = learn(whole)
    assert expected.curve[-1].loss < expected.curve[0].loss / 5
    with pytest.raises(KeyboardInterrupt):
        learn(Deep(breaks_at=broken_at), tmp_path)
    resumed = Deep()
    found = learn(resumed, tmp_path)
    assert [point.loss for point in found.curve] == [point.loss for point in expected.curve]
    assert all(torch.equal(one, same) for one, same in zip(resumed.parameters(), whole.parameters(), strict=True))
