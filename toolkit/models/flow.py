"""The straight path between a picture (time 0) and noise (time 1), and what every model is that follows it back.

Flow matching, Lipman et al. (arXiv 2210.02747); rectified flow, Liu et al. (arXiv 2209.03003).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import torch
from torch import nn

from toolkit.models import weights
from toolkit.models.picture_range import to_bytes
from toolkit.models.transformer import Transformer


def interpolate(latents: torch.Tensor, noise: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
    """Return the points at `time` (n,) in [0, 1] on the lines from `latents` to `noise`."""
    share = time.view(-1, *([1] * (latents.dim() - 1)))
    return (1 - share) * latents + share * noise


def velocity(latents: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """Return the change of `interpolate` per unit of time: what a sampler follows."""
    return noise - latents


class FlowModel(nn.Module, ABC):
    """A transformer and the way between pictures and the space that it works in."""

    transformer: Transformer

    @property
    def noise_shape(self) -> tuple[int, int, int]:
        """Channels, height and width of one point of that space."""
        config = self.transformer.config
        return config.channels, config.grid, config.grid

    @property
    @abstractmethod
    def image_size(self) -> int:
        """The side of a picture in pixels."""

    @property
    @abstractmethod
    def config(self) -> dict[str, Any]:
        """What config.json holds."""

    @abstractmethod
    def velocity(
        self, points: torch.Tensor, time: torch.Tensor, tokens: torch.Tensor, mask: torch.Tensor, dropped: torch.Tensor
    ) -> torch.Tensor:
        """Return the velocity at `points` (n, *noise_shape); the other arguments are those of `Transformer.forward`."""

    @abstractmethod
    def encode(self, pictures: torch.Tensor) -> torch.Tensor:
        """Return the points at time 0, (n, *noise_shape), of float32 pictures (n, 3, height, width) in [-1, 1]."""

    @abstractmethod
    def pictures(self, points: torch.Tensor) -> torch.Tensor:
        """Return pictures, float32 (n, 3, height, width), of `points` at time 0; values may leave [-1, 1] a little.
        Gradients flow through it."""

    @torch.no_grad()
    def decode(self, points: torch.Tensor) -> torch.Tensor:
        """Return pictures, uint8 (n, height, width, 3), of `points` at time 0."""
        return to_bytes(self.pictures(points))

    def save(self, folder: str | Path) -> None:
        """Write config.json and model.safetensors into `folder`."""
        weights.save_folder(Path(folder), self.config, self.state_dict())
