from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from toolkit.errors import ModelError
from toolkit.train.batches import Batches
from toolkit.train.draw import Draw
from toolkit.train.loop import Budget, TrainingResult, learning_rate_factor, optimise
from toolkit.train.moving_average import MovingAverage
from toolkit.train.recipes import OptimiserRecipe
from toolkit.train.trainer import Trainer

RECIPE = OptimiserRecipe(batch_size=4, steps=200, learning_rate=0.05, weight_decay=0.0)
CPU = torch.device("cpu")


class Regression(nn.Module):
    """Fits a line to 10 points, with noise on the inputs and dropout: all that a step may draw at random."""

    def __init__(self, breaks_at: int = -1) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self.line = nn.Linear(3, 1)
        self.dropout = nn.Dropout(0.2)
        self.breaks_at, self.calls = breaks_at, 0
        self._inputs = torch.randn(10, 3, generator=torch.Generator().manual_seed(1))

    def forward(self, chosen: torch.Tensor, draw: Draw) -> torch.Tensor:
        self.calls += 1
        if self.calls == self.breaks_at:
            raise KeyboardInterrupt
        inputs = self._inputs[chosen]
        noisy = inputs + 0.1 * draw.normal(3)
        return (self.line(self.dropout(noisy))[:, 0] - inputs.sum(1)).square().mean()


def train_line(
    objective: Regression, folder: Path | None = None, steps: int = 30, recipe: OptimiserRecipe = RECIPE
) -> TrainingResult:
    average = MovingAverage(objective.line, 0.9)
    trainer = Trainer(seed=3, folder=folder, device="cpu", checkpoint_minutes=0)
    batches = Batches(torch.arange(10).numpy(), recipe.batch_size, seed=5)
    result = optimise(objective, batches, recipe, Budget(steps), trainer, part="line", average=average)
    average.swap()
    return result


def weights(objective: Regression) -> list[float]:
    return torch.cat([one.detach().flatten() for one in objective.line.parameters()]).tolist()


def test_it_finds_a_minimum_and_says_how() -> None:
    objective = Regression()
    objective.dropout.p = 0.0
    result = train_line(objective, steps=300)
    assert torch.allclose(objective.line.weight, torch.ones(3), atol=0.1)
    assert result.steps == 300
    assert result.curve[-1].step == 300
    assert result.curve[-1].loss < result.curve[0].loss / 10


def test_a_time_budget_ends_training_early() -> None:
    trainer = Trainer(seed=0, device="cpu")
    batches = Batches(torch.arange(10).numpy(), 4, seed=5)
    result = optimise(Regression(), batches, RECIPE, Budget(10_000_000, minutes=0.01), trainer, part="line")
    assert 0 < result.steps < 10_000_000
    assert 0.5 <= result.seconds < 5


@pytest.mark.parametrize("broken_at", [1, 2, 3, 4, 17, 30])
def test_a_training_that_is_interrupted_goes_on_as_if_nothing_had_happened(tmp_path: Path, broken_at: int) -> None:
    whole = Regression()
    expected = train_line(whole)
    with pytest.raises(KeyboardInterrupt):
        train_line(Regression(breaks_at=broken_at), tmp_path)
    resumed = Regression()
    with torch.no_grad():
        resumed.line.weight.fill_(7.0)  # what the checkpoint does not bring back would show
    if broken_at == 1:
        resumed = Regression()
    found = train_line(resumed, tmp_path)
    assert [point.loss for point in found.curve] == [point.loss for point in expected.curve]
    assert weights(resumed) == weights(whole)


def test_two_interruptions_across_the_end_of_a_pass_change_nothing(tmp_path: Path) -> None:
    whole = Regression()
    expected = train_line(whole)
    for broken_at in (3, 4):  # a pass of 10 pairs in batches of 4 ends within the third step
        with pytest.raises(KeyboardInterrupt):
            train_line(Regression(breaks_at=broken_at), tmp_path)
    resumed = Regression()
    assert train_line(resumed, tmp_path).curve == expected.curve
    assert weights(resumed) == weights(whole)


def test_a_finished_part_is_not_trained_again(tmp_path: Path) -> None:
    first = Regression()
    train_line(first, tmp_path)
    again = Regression()
    train_line(again, tmp_path)
    assert again.calls == 0
    assert weights(again) == weights(first)


def test_a_batch_taken_in_parts_gives_the_same_loss() -> None:
    whole, parts = Regression(), Regression()
    whole.dropout.p = parts.dropout.p = 0.0
    expected = train_line(whole, steps=20)
    found = train_line(parts, steps=20, recipe=RECIPE.model_copy(update={"accumulation": 2}))
    assert [point.loss for point in found.curve] == pytest.approx([point.loss for point in expected.curve], rel=1e-4)
    assert weights(parts) == pytest.approx(weights(whole), rel=1e-4)
    with pytest.raises(ModelError, match="choose a multiple of 3"):
        train_line(Regression(), recipe=RECIPE.model_copy(update={"accumulation": 3}))


def test_a_loss_that_is_not_finite_stops_and_keeps_the_last_checkpoint(tmp_path: Path) -> None:
    class Breaking(Regression):
        def forward(self, chosen: torch.Tensor, draw: Draw) -> torch.Tensor:
            loss = super().forward(chosen, draw)
            return loss * float("nan") if self.calls > 12 else loss

    with pytest.raises(ModelError, match=r"loss is nan at step 12; lower optimiser.learning_rate .* --resume"):
        train_line(Breaking(), tmp_path)
    resumed, whole = Regression(), Regression()
    found = train_line(resumed, tmp_path)
    assert resumed.calls == 30 - 12
    assert found.curve == train_line(whole).curve


def test_a_gradient_that_is_not_finite_never_reaches_the_weights() -> None:
    class Steep(Regression):
        def forward(self, chosen: torch.Tensor, draw: Draw) -> torch.Tensor:
            return super().forward(chosen, draw) + (0 * self.line.weight.sum()).sqrt()

    objective = Steep()
    before = weights(objective)
    with pytest.raises(ModelError, match="gradient's norm is nan at step 0"):
        train_line(objective)
    assert weights(objective) == before


def test_a_folder_that_cannot_be_written_is_an_error_before_the_first_step(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    objective = Regression()
    with pytest.raises(ModelError, match=r"cannot be written .*choose another --out"):
        train_line(objective, tmp_path / "file")
    assert objective.calls == 0


def test_a_full_disk_is_an_error_before_the_first_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from collections import namedtuple

    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage(100, 100, 0))
    objective = Regression()
    with pytest.raises(ModelError, match="has 0 MiB left"):
        train_line(objective, tmp_path)
    assert objective.calls == 0


def test_half_precision_on_a_cpu_is_refused() -> None:
    with pytest.raises(ModelError, match="slower than single precision"):
        Trainer(seed=0, device="cpu", precision="bf16").accelerator()


def test_the_callers_random_state_stays_as_it_was() -> None:
    torch.manual_seed(11)
    before = torch.get_rng_state()
    train_line(Regression(), steps=3)
    assert torch.equal(torch.get_rng_state(), before)


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
