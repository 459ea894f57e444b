"""Integrates the learned velocity from noise to latents, with classifier-free guidance."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import torch

Velocity = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def times(steps: int, shift: float = 1.0) -> torch.Tensor:
    """Return `steps` + 1 times from 1 to 0; a `shift` above 1 spends more of them near the noise (arXiv 2403.03206)."""
    even = torch.linspace(1, 0, steps + 1)
    return shift * even / (1 + (shift - 1) * even)


def guided(conditional: torch.Tensor, unconditional: torch.Tensor, guidance_scale: float) -> torch.Tensor:
    """Return the velocity pushed away from the unconditional one (arXiv 2207.12598); a scale of 1 changes nothing."""
    return unconditional + guidance_scale * (conditional - unconditional)


def heun(velocity: Velocity, noise: torch.Tensor, steps: int) -> torch.Tensor:
    """Return latents at time 0 by Heun's second-order method (arXiv 2206.00364, algorithm 1), the last step Euler.

    `velocity(latents, time)` takes the time as a tensor (n,). Costs 2 x `steps` - 1 calls.
    """
    latents = noise
    line = times(steps)
    for now, then in pairwise(line):
        slope = velocity(latents, now.expand(len(latents)))
        ahead = latents + (then - now) * slope
        if then > 0:
            slope = (slope + velocity(ahead, then.expand(len(latents)))) / 2
        latents = latents + (then - now) * slope
    return latents


def euler(velocity: Velocity, noise: torch.Tensor, steps: int) -> torch.Tensor:
    """Return latents at time 0 by Euler's method: `steps` calls of `velocity`."""
    latents = noise
    line = times(steps)
    for now, then in pairwise(line):
        latents = latents + (then - now) * velocity(latents, now.expand(len(latents)))
    return latents


SAMPLERS: dict[str, Callable[[Velocity, torch.Tensor, int], torch.Tensor]] = {"euler": euler, "heun": heun}
