"""The tokenizer of the token family: 64 px pictures to an 8 x 8 grid of whole numbers and back.

The latents of a convolutional autoencoder are rounded by finite scalar quantisation (Mentzer et al., arXiv 2309.15505):
each channel to one of a few levels, so that the code book is their product and needs no training of its own.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import nn

from toolkit.models.autoencoder import decoder_layers, encoder_layers
from toolkit.models.picture_range import to_bytes

_MARGIN = 1e-3  # keeps the outermost levels from lying at infinity


@dataclass(frozen=True)
class TokenizerConfig:
    """`image_size` in pixels; the token grid is image_size / 8 wide; `levels` of each channel."""

    image_size: int = 64
    width: int = 64
    levels: tuple[int, ...] = (8, 8, 8, 8)
    decoder_blocks: int = 2

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"levels": list(self.levels)}

    @property
    def grid(self) -> int:
        """How many tokens a picture is wide."""
        return self.image_size // 8

    @property
    def codes(self) -> int:
        """How many different tokens there are."""
        return math.prod(self.levels)


class Quantiser(nn.Module):
    """Rounds vectors of as many channels as there are `levels`; a token numbers what may come out."""

    levels: torch.Tensor
    places: torch.Tensor

    def __init__(self, levels: tuple[int, ...]) -> None:
        super().__init__()
        places = [math.prod(levels[:index]) for index in range(len(levels))]
        self.register_buffer("levels", torch.tensor(levels, dtype=torch.long), persistent=False)
        self.register_buffer("places", torch.tensor(places, dtype=torch.long), persistent=False)

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        """Return `latents` (n, channels, height, width) rounded, in [-1, 1]; gradients pass as if they were not."""
        bounded = self._bounded(latents)
        rounded = bounded + (bounded.round() - bounded).detach()
        return rounded / self._per_channel(self.levels // 2)

    def tokens(self, latents: torch.Tensor) -> torch.Tensor:
        """Return the tokens of `latents` (n, channels, height, width), int64 (n, height * width)."""
        steps = self._bounded(latents).round().long() + self._per_channel(self.levels // 2)
        return (steps * self._per_channel(self.places)).sum(1).flatten(1)

    def vectors(self, tokens: torch.Tensor) -> torch.Tensor:
        """Return the rounded vectors, float32 (n, channels, grid, grid), that `tokens` (n, grid * grid) stand for."""
        steps = tokens[:, None] // self.places[:, None] % self.levels[:, None]
        half = (self.levels // 2)[:, None]
        side = math.isqrt(tokens.shape[1])
        return ((steps - half) / half).float().view(len(tokens), -1, side, side)

    def _bounded(self, latents: torch.Tensor) -> torch.Tensor:
        """Return `latents` within the levels of their channel, an even number of which lies half a step lower."""
        half = self._per_channel((self.levels - 1) * (1 - _MARGIN) / 2)
        offset = self._per_channel((1 - self.levels % 2) / 2)
        return torch.tanh(latents + torch.tan(offset / half)) * half - offset

    def _per_channel(self, values: torch.Tensor) -> torch.Tensor:
        return values.view(1, -1, 1, 1)


class Tokenizer(nn.Module):
    """Pictures as float32 in [-1, 1], (n, 3, size, size); tokens as int64 (n, grid * grid), row by row."""

    def __init__(self, config: TokenizerConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = encoder_layers(config.width, len(config.levels))
        self.quantiser = Quantiser(config.levels)
        self.decoder = decoder_layers(config.width, len(config.levels), config.decoder_blocks)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Return what is left of `pictures` after their tokens; values may leave [-1, 1] a little."""
        return self.decoder(self.quantiser(self.encoder(pictures)))  # type: ignore[no-any-return]

    @torch.no_grad()
    def encode(self, pictures: torch.Tensor) -> torch.Tensor:
        """Return the tokens of `pictures`."""
        return self.quantiser.tokens(self.encoder(pictures))

    @torch.no_grad()
    def decode(self, tokens: torch.Tensor) -> torch.Tensor:
        """Return the pictures of `tokens`, uint8 (n, height, width, 3)."""
        return to_bytes(self.decoder(self.quantiser.vectors(tokens)))
