from __future__ import annotations

import pytest
import torch

from toolkit.generate.sampler import SAMPLERS, guided, times


@pytest.mark.parametrize("name", sorted(SAMPLERS))
@pytest.mark.parametrize("steps", [1, 4, 20])
def test_a_straight_path_is_followed_exactly(name: str, steps: int) -> None:
    target, noise = torch.randn(3, 2, 2, 2), torch.randn(3, 2, 2, 2)
    found = SAMPLERS[name](lambda latents, time: noise - target, noise, steps)
    assert torch.allclose(found, target, atol=1e-5)


def test_heun_is_of_higher_order_than_euler() -> None:
    def velocity(latents: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        return latents  # from time 1 to 0 the exact answer is noise / e

    noise = torch.ones(1, 1)
    exact = noise * torch.exp(torch.tensor(-1.0))
    errors = {name: float((SAMPLERS[name](velocity, noise, 20) - exact).abs()) for name in SAMPLERS}
    assert errors["heun"] < errors["euler"] / 10


def test_times_run_from_noise_to_picture_and_shift_towards_the_noise() -> None:
    even, shifted = times(10), times(10, shift=3.0)
    assert even[0] == shifted[0] == 1
    assert even[-1] == shifted[-1] == 0
    assert (shifted[1:-1] > even[1:-1]).all()


def test_guidance_of_one_is_the_conditional_velocity() -> None:
    conditional, unconditional = torch.randn(2, 3), torch.randn(2, 3)
    assert torch.allclose(guided(conditional, unconditional, 1.0), conditional)
    assert torch.allclose(guided(conditional, unconditional, 0.0), unconditional)
