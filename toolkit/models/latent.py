"""A latent generator as one model folder: autoencoder, transformer, and the scale between them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from toolkit.models import weights
from toolkit.models.autoencoder import Autoencoder, AutoencoderConfig
from toolkit.models.flow import FlowModel
from toolkit.models.transformer import Transformer, TransformerConfig

FAMILY = "latent"


class LatentModel(FlowModel):
    """`latent_mean` and `latent_deviation`, (1, channels, 1, 1), bring the autoencoder's latents to unit scale."""

    latent_mean: torch.Tensor
    latent_deviation: torch.Tensor

    def __init__(self, autoencoder: AutoencoderConfig, transformer: TransformerConfig) -> None:
        super().__init__()
        self.autoencoder = Autoencoder(autoencoder)
        self.transformer = Transformer(transformer)
        shape = (1, autoencoder.latent_channels, 1, 1)
        self.register_buffer("latent_mean", torch.zeros(shape))
        self.register_buffer("latent_deviation", torch.ones(shape))

    @property
    def image_size(self) -> int:
        """The side of a picture in pixels."""
        return self.autoencoder.config.image_size

    @property
    def config(self) -> dict[str, Any]:
        """What config.json holds."""
        parts = {"autoencoder": self.autoencoder.config.as_dict(), "transformer": self.transformer.config.as_dict()}
        return {"family": FAMILY, **parts}

    @torch.no_grad()
    def encode(self, pictures: torch.Tensor) -> torch.Tensor:
        """Return unit-scale latents (n, channels, grid, grid) of float32 pictures in [-1, 1]."""
        mean, _ = self.autoencoder.encode(pictures)
        return (mean - self.latent_mean) / self.latent_deviation

    def velocity(
        self, points: torch.Tensor, time: torch.Tensor, tokens: torch.Tensor, mask: torch.Tensor, dropped: torch.Tensor
    ) -> torch.Tensor:
        """Return what the transformer predicts: the velocity itself."""
        return self.transformer(points, time, tokens, mask, dropped)  # type: ignore[no-any-return]

    def pictures(self, points: torch.Tensor) -> torch.Tensor:
        """Return pictures, float32 (n, 3, height, width), of unit-scale latents."""
        return self.autoencoder.decode(points * self.latent_deviation + self.latent_mean)


def create_latent(autoencoder: AutoencoderConfig, transformer: TransformerConfig, seed: int = 0) -> LatentModel:
    """Return a latent model with random weights; the same seed gives the same ones."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return LatentModel(autoencoder, transformer)


def load_latent(name: str | Path) -> LatentModel:
    """Return the latent model `zoo:NAME` or in a folder of `tain train latent`. Raises ModelError where it is none."""

    def make(config: dict[str, Any]) -> LatentModel:
        return LatentModel(AutoencoderConfig(**config["autoencoder"]), TransformerConfig(**config["transformer"]))

    return weights.load_folder(name, FAMILY, make)
