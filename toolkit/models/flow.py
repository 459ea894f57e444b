"""The straight path between a picture's latents (time 0) and noise (time 1), shared by training and sampling.

Flow matching, Lipman et al. (arXiv 2210.02747); rectified flow, Liu et al. (arXiv 2209.03003).
"""

from __future__ import annotations

import torch


def interpolate(latents: torch.Tensor, noise: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
    """Return the points at `time` (n,) in [0, 1] on the lines from `latents` to `noise`."""
    share = time.view(-1, *([1] * (latents.dim() - 1)))
    return (1 - share) * latents + share * noise


def velocity(latents: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """Return the change of `interpolate` per unit of time: what the transformer learns to predict."""
    return noise - latents
