"""The autoencoder of latent diffusion: 64 px pictures to an 8 x 8 grid of 8 channels and back.

After Rombach et al., High-Resolution Image Synthesis with Latent Diffusion Models (arXiv 2112.10752), made small for
CPUs: pixels are unshuffled by 4 before the first convolution, so that no layer works at full size.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
from torch import nn


@dataclass(frozen=True)
class AutoencoderConfig:
    """`image_size` in pixels; the latent grid is image_size / 8 wide, with `latent_channels` channels."""

    image_size: int = 64
    width: int = 64
    latent_channels: int = 8
    decoder_blocks: int = 2

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions with group normalisation, added to their input."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.GroupNorm(8, width), nn.SiLU(), nn.Conv2d(width, width, 3, padding=1),
            nn.GroupNorm(8, width), nn.SiLU(), nn.Conv2d(width, width, 3, padding=1),
        )  # fmt: skip
        nn.init.zeros_(self.layers[-1].weight)  # type: ignore[arg-type]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.layers(x)  # type: ignore[no-any-return]


def encoder_layers(width: int, channels: int) -> nn.Sequential:
    """Return layers from pictures (n, 3, size, size) to (n, channels, size / 8, size / 8)."""
    return nn.Sequential(
        nn.PixelUnshuffle(4), nn.Conv2d(48, width, 3, padding=1), ResidualBlock(width),
        nn.Conv2d(width, 2 * width, 3, stride=2, padding=1), ResidualBlock(2 * width),
        nn.GroupNorm(8, 2 * width), nn.SiLU(), nn.Conv2d(2 * width, channels, 3, padding=1),
    )  # fmt: skip


def decoder_layers(width: int, channels: int, blocks: int) -> nn.Sequential:
    """Return layers from (n, channels, size / 8, size / 8) to pictures (n, 3, size, size)."""
    return nn.Sequential(
        nn.Conv2d(channels, 2 * width, 3, padding=1),
        *(ResidualBlock(2 * width) for _ in range(blocks)),
        nn.Conv2d(2 * width, 4 * width, 3, padding=1), nn.PixelShuffle(2),
        *(ResidualBlock(width) for _ in range(blocks)),
        nn.GroupNorm(8, width), nn.SiLU(), nn.Conv2d(width, 48, 3, padding=1), nn.PixelShuffle(4),
    )  # fmt: skip


class Autoencoder(nn.Module):
    """Pictures as float32 in [-1, 1], (n, 3, size, size); latents as float32 (n, channels, size / 8, size / 8)."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.encoder = encoder_layers(width, 2 * config.latent_channels)
        self.decoder = decoder_layers(width, config.latent_channels, config.decoder_blocks)

    def encode(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the mean and the log-variance of the latents of `pictures`."""
        mean, log_variance = self.encoder(pictures).chunk(2, dim=1)
        return mean, log_variance.clamp(-20, 10)

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Return the pictures that `latents` stand for; values may leave [-1, 1] a little."""
        return self.decoder(latents)  # type: ignore[no-any-return]
