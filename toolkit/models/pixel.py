"""A pixel generator as one model folder: the transformer alone, on full-size pictures in large patches.

It predicts the clean picture, not the velocity: pictures lie near a surface of few dimensions, noise does not, so a
narrow network can do the one and not the other (Li and He, arXiv 2511.13720).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from toolkit.models import weights
from toolkit.models.flow import FlowModel
from toolkit.models.transformer import Transformer, TransformerConfig

FAMILY = "pixel"
LEAST_TIME = 1e-3  # the implied velocity is undefined at time 0; samplers do not ask for it there


class PixelModel(FlowModel):
    """Works on pictures themselves: float32 (n, 3, size, size) in [-1, 1]."""

    def __init__(self, transformer: TransformerConfig) -> None:
        super().__init__()
        self.transformer = Transformer(transformer)

    @property
    def image_size(self) -> int:
        """The side of a picture in pixels."""
        return self.transformer.config.grid

    @property
    def config(self) -> dict[str, Any]:
        """What config.json holds."""
        return {"family": FAMILY, "transformer": self.transformer.config.as_dict()}

    def velocity(
        self, points: torch.Tensor, time: torch.Tensor, tokens: torch.Tensor, mask: torch.Tensor, dropped: torch.Tensor
    ) -> torch.Tensor:
        """Return the velocity that leads to the predicted picture: the points less the picture, over the time left."""
        clean = self.transformer(points, time, tokens, mask, dropped)
        return (points - clean) / time.clamp(min=LEAST_TIME).view(-1, 1, 1, 1)  # type: ignore[no-any-return]

    def encode(self, pictures: torch.Tensor) -> torch.Tensor:
        """Return `pictures`: they are the points that this model works on."""
        return pictures

    def pictures(self, points: torch.Tensor) -> torch.Tensor:
        """Return `points`: they are pictures."""
        return points


def create_pixel(transformer: TransformerConfig, seed: int = 0) -> PixelModel:
    """Return a pixel model with random weights; the same seed gives the same ones."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return PixelModel(transformer)


def load_pixel(name: str | Path) -> PixelModel:
    """Return the pixel model `zoo:NAME` or in a folder of `tain train pixel`. Raises ModelError where it is none."""
    return weights.load_folder(name, FAMILY, lambda config: PixelModel(TransformerConfig(**config["transformer"])))
