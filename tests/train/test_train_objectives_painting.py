"""What generators are trained to make small, against the formulas and against diffusers."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F

from toolkit.models import torchvision_ops
from toolkit.models.diffusion import Prediction
from toolkit.models.flow import velocity
from toolkit.train.draw import Draw
from toolkit.train.objectives import clean_flow_matching, denoising, min_snr_weight, next_token


def draws(count: int) -> Draw:
    return Draw(0, "part", 3, slice(0, count), count, torch.device("cpu"))


def test_the_loss_of_clean_pictures_is_that_of_the_velocity_they_imply() -> None:
    class Guessing(torch.nn.Module):
        def forward(self, points: torch.Tensor, time: torch.Tensor, *_: torch.Tensor) -> torch.Tensor:
            self.points, self.time, self.guess = points, time, points.tanh()
            return self.guess

    network, pictures = Guessing(), torch.rand(50, 3, 8, 8) * 2 - 1
    loss = clean_flow_matching(network, pictures, None, None, caption_dropout=0.1, draw=draws(50))
    draw = draws(50)
    assert torch.allclose(network.time, torch.sigmoid(0.8 + 0.8 * draw.normal()))
    assert network.time.min() > 0.05
    true = velocity(pictures, draw.normal(3, 8, 8))
    implied = (network.points - network.guess) / network.time.view(-1, 1, 1, 1)
    assert loss.item() == pytest.approx(F.mse_loss(implied, true).item(), rel=1e-4)


@pytest.mark.parametrize("prediction", ["epsilon", "v"])
def test_denoising_is_the_error_of_what_diffusers_would_have_predicted(prediction: Prediction) -> None:
    torchvision_ops.ensure()
    from diffusers import DDIMScheduler

    class Silent(torch.nn.Module):
        def forward(self, noisy: torch.Tensor, steps: torch.Tensor, encoder_hidden_states: object) -> SimpleNamespace:
            self.noisy, self.steps = noisy, steps
            return SimpleNamespace(sample=torch.zeros_like(noisy))

    scheduler = DDIMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
    network, latents, kept = Silent(), torch.randn(40, 4, 8, 8), scheduler.alphas_cumprod
    loss = denoising(network, latents, None, kept, prediction=prediction, gamma=5.0, draw=draws(40))
    draw = draws(40)
    steps, noise = draw.integers(0, 1000), draw.normal(4, 8, 8)
    assert torch.equal(network.steps, steps)
    assert torch.allclose(network.noisy, scheduler.add_noise(latents, noise, steps), atol=1e-5)
    target = noise if prediction == "epsilon" else scheduler.get_velocity(latents, noise, steps)
    weights = min_snr_weight(kept[steps], prediction, 5.0)
    assert loss.item() == pytest.approx((weights * target.square().mean((1, 2, 3))).mean().item(), rel=1e-4)


def test_both_weights_are_one_weight_of_the_error_of_the_latents() -> None:
    """min(snr, gamma) of the squared error of the latents: Hang et al. (2023), 3.4."""
    kept = torch.tensor([0.001, 0.2, 0.5, 0.9, 0.999])
    ratio = kept / (1 - kept)
    noisy, latents, guess = torch.randn(5), torch.randn(5), torch.randn(5)
    noises = [(noisy - kept.sqrt() * one) / (1 - kept).sqrt() for one in (latents, guess)]
    targets = [
        kept.sqrt() * noise - (1 - kept).sqrt() * one for noise, one in zip(noises, (latents, guess), strict=True)
    ]
    expected = ratio.clamp(max=5) * (latents - guess).square()
    of_noise = min_snr_weight(kept, "epsilon", 5.0) * (noises[0] - noises[1]).square()
    of_v = min_snr_weight(kept, "v", 5.0) * (targets[0] - targets[1]).square()
    assert torch.allclose(of_noise, expected, rtol=1e-3)
    assert torch.allclose(of_v, expected, rtol=1e-3)


def test_next_token_is_the_cross_entropy_of_each_token_and_drops_texts() -> None:
    class Table(torch.nn.Module):
        def forward(
            self, codes: torch.Tensor, tokens: torch.Tensor, mask: torch.Tensor, dropped: torch.Tensor
        ) -> torch.Tensor:
            self.dropped = dropped
            return tokens

    network, codes = Table(), torch.randint(0, 7, (200, 5))
    logits = torch.randn(200, 5, 7)
    loss = next_token(network, codes, logits, None, caption_dropout=0.25, draw=draws(200))
    expected = -logits.log_softmax(-1).gather(-1, codes[..., None]).mean()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    assert 0.15 < network.dropped.float().mean() < 0.35
