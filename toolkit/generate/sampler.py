"""Integrates the learned velocity from noise to latents, with classifier-free guidance."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Protocol

import torch

Velocity = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
Seen = Callable[[int, torch.Tensor], None]  # a step, and the latents before it


def unseen(step: int, latents: torch.Tensor) -> None:
    """Look at no step."""


class Sampler(Protocol):
    """Follows a velocity from noise to latents; see `heun`."""

    def __call__(self, velocity: Velocity, noise: torch.Tensor, steps: int, seen: Seen = unseen) -> torch.Tensor: ...


def times(steps: int, shift: float = 1.0) -> torch.Tensor:
    """Return `steps` + 1 times from 1 to 0; a `shift` above 1 spends more of them near the noise (arXiv 2403.03206)."""
    even = torch.linspace(1, 0, steps + 1)
    return shift * even / (1 + (shift - 1) * even)


def guided(conditional: torch.Tensor, unconditional: torch.Tensor, guidance_scale: float) -> torch.Tensor:
    """Return the velocity pushed away from the unconditional one (arXiv 2207.12598); a scale of 1 changes nothing."""
    return unconditional + guidance_scale * (conditional - unconditional)


def heun(velocity: Velocity, noise: torch.Tensor, steps: int, seen: Seen = unseen) -> torch.Tensor:
    """Return latents at time 0 by Heun's second-order method (arXiv 2206.00364, algorithm 1), the last step Euler.

    `velocity(latents, time)` takes the time as a tensor (n,). Costs 2 x `steps` - 1 calls. `seen` is shown the latents
    before each step.
    """
    latents = noise
    line = times(steps)
    for step, (now, then) in enumerate(pairwise(line)):
        seen(step, latents)
        slope = velocity(latents, now.expand(len(latents)).to(latents.device))
        ahead = latents + (then - now) * slope
        if then > 0:
            slope = (slope + velocity(ahead, then.expand(len(latents)).to(latents.device))) / 2
        latents = latents + (then - now) * slope
    return latents


def euler(velocity: Velocity, noise: torch.Tensor, steps: int, seen: Seen = unseen) -> torch.Tensor:
    """Return latents at time 0 by Euler's method: `steps` calls of `velocity`; `seen` as for `heun`."""
    latents = noise
    line = times(steps)
    for step, (now, then) in enumerate(pairwise(line)):
        seen(step, latents)
        latents = latents + (then - now) * velocity(latents, now.expand(len(latents)).to(latents.device))
    return latents


SAMPLERS: dict[str, Sampler] = {"euler": euler, "heun": heun}
