"""Noise, targets and weights, against diffusers' own."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from toolkit.errors import ModelError
from toolkit.models import torchvision_ops
from toolkit.train.noise_schedule import noise_schedule

torchvision_ops.ensure()
BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}  # Stable Diffusion's


def drawn() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    stream = torch.Generator().manual_seed(0)
    latents, noise = (torch.randn(5, 4, 8, 8, generator=stream) for _ in range(2))
    return latents, noise, torch.tensor([0, 1, 250, 500, 999])


@pytest.mark.parametrize("kind", ["epsilon", "v_prediction", "sample"])
@pytest.mark.parametrize("sampler", ["DDIMScheduler", "PNDMScheduler", "EulerDiscreteScheduler", "LCMScheduler"])
def test_noise_and_target_are_those_of_diffusers(kind: str, sampler: str) -> None:
    import diffusers

    latents, noise, time = drawn()
    schedule = noise_schedule(getattr(diffusers, sampler)(**BETAS, prediction_type=kind))
    reference = diffusers.DDPMScheduler(**BETAS, prediction_type=kind)
    assert torch.allclose(schedule.noised(latents, noise, time), reference.add_noise(latents, noise, time), atol=1e-6)
    targets = {"epsilon": noise, "sample": latents, "v_prediction": reference.get_velocity(latents, noise, time)}
    assert torch.allclose(schedule.target(latents, noise, time), targets[kind], atol=1e-6)


@pytest.mark.parametrize("kind", ["epsilon", "v_prediction", "sample"])
def test_min_snr_weights_are_those_of_the_paper(kind: str) -> None:
    from diffusers import DDPMScheduler
    from diffusers.training_utils import compute_snr

    scheduler = DDPMScheduler(**BETAS, prediction_type=kind)
    time = torch.arange(1000)
    ratio = compute_snr(scheduler, time)
    divisor = {"epsilon": ratio, "v_prediction": ratio + 1, "sample": torch.ones(1000)}[kind]
    expected = ratio.clamp(max=5.0) / divisor
    found = noise_schedule(scheduler).min_snr_weight(time, 5.0)
    assert torch.allclose(found, expected, rtol=1e-3)
    assert found.max() <= 5


def test_a_schedule_that_ends_in_noise_alone_has_finite_weights() -> None:
    from diffusers import DDIMScheduler

    for kind in ("epsilon", "v_prediction", "sample"):
        scheduler = DDIMScheduler(**BETAS, prediction_type=kind, rescale_betas_zero_snr=True)
        weights = noise_schedule(scheduler).min_snr_weight(torch.arange(1000), 5.0)
        assert torch.isfinite(weights).all()
        assert (weights >= 0).all()


@pytest.mark.parametrize(
    ("sampler", "settings"),
    [
        ("FlowMatchEulerDiscreteScheduler", {}),
        ("EDMEulerScheduler", {}),
        ("DPMSolverMultistepScheduler", {"use_flow_sigmas": True, "prediction_type": "flow_prediction"}),
    ],
)
def test_flows_and_other_schedules_are_refused(sampler: str, settings: dict[str, Any]) -> None:
    import diffusers

    with pytest.raises(ModelError, match=f"scheduler is a {sampler}.*epsilon, v_prediction, sample"):
        noise_schedule(getattr(diffusers, sampler)(**settings))
