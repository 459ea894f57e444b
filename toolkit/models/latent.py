"""A latent generator as one model folder: autoencoder, transformer, and the scale between them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from toolkit.errors import ModelError
from toolkit.models import uri, weights
from toolkit.models.autoencoder import Autoencoder, AutoencoderConfig
from toolkit.models.transformer import Transformer, TransformerConfig

FAMILY = "latent"


class LatentModel(nn.Module):
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
    def config(self) -> dict[str, Any]:
        """What config.json holds."""
        parts = {"autoencoder": self.autoencoder.config.as_dict(), "transformer": self.transformer.config.as_dict()}
        return {"family": FAMILY, **parts}

    @torch.no_grad()
    def encode(self, pictures: torch.Tensor) -> torch.Tensor:
        """Return unit-scale latents (n, channels, grid, grid) of float32 pictures in [-1, 1]."""
        mean, _ = self.autoencoder.encode(pictures)
        return (mean - self.latent_mean) / self.latent_deviation

    @torch.no_grad()
    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Return pictures, uint8 (n, height, width, 3), of unit-scale `latents`."""
        return (
            ((self.pictures(latents).clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()
        )

    def pictures(self, latents: torch.Tensor) -> torch.Tensor:
        """Return pictures, float32 (n, 3, height, width), of unit-scale `latents`; values may leave [-1, 1] a little.
        Gradients flow through it."""
        return self.autoencoder.decode(latents * self.latent_deviation + self.latent_mean)

    def save(self, folder: str | Path) -> None:
        """Write config.json and model.safetensors into `folder`."""
        weights.save_folder(Path(folder), self.config, self.state_dict())


def create_latent(autoencoder: AutoencoderConfig, transformer: TransformerConfig, seed: int = 0) -> LatentModel:
    """Return a latent model with random weights; the same seed gives the same ones."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return LatentModel(autoencoder, transformer)


def load_latent(name: str | Path) -> LatentModel:
    """Return the latent model `zoo:NAME` or in a folder of `tain train latent`. Raises ModelError where it is none."""
    parsed = uri.parse(str(name))
    folder = uri.zoo_folder(parsed.name) if parsed.kind == "zoo" else Path(parsed.name)
    config = weights.read_config(folder, FAMILY)
    try:
        model = LatentModel(AutoencoderConfig(**config["autoencoder"]), TransformerConfig(**config["transformer"]))
    except (KeyError, TypeError) as error:
        raise ModelError(f"{folder / 'config.json'} is incomplete: {error}; copy the model folder again") from error
    weights.fill(model, weights.load_state(folder / "model.safetensors"), str(folder))
    return model.eval()
