"""The transformer that paints: predicts the velocity from noise to picture at time t, given a text.

DiT (Peebles and Xie, arXiv 2212.09748) with one adaptive layer norm shared by all blocks (PixArt-alpha, arXiv
2310.00426) and the text tokens as a prefix of the sequence.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import nn


@dataclass(frozen=True)
class TransformerConfig:
    """`grid` x `grid` latents of `channels` channels in patches of `patch`; `text_tokens` tokens of `text_width`."""

    grid: int = 8
    channels: int = 8
    patch: int = 2
    width: int = 192
    layers: int = 6
    heads: int = 6
    text_width: int = 384
    text_tokens: int = 16

    def __post_init__(self) -> None:
        if self.width % self.heads or self.grid % self.patch:
            raise ValueError(
                f"a width of {self.width} cannot be shared out to {self.heads} heads, or a grid of {self.grid} not be "
                f"cut into patches of {self.patch}"
            )

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


class Block(nn.Module):
    """Attention and a feed-forward layer, each scaled, shifted and gated by the shared condition plus an own offset."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width, elementwise_affine=False, eps=1e-6)
        self.qkv = nn.Linear(width, 3 * width)
        self.project = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width, elementwise_affine=False, eps=1e-6)
        self.feed_forward = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(approximate="tanh"), nn.Linear(4 * width, width)
        )
        self.offset = nn.Parameter(torch.zeros(6, width))

    def forward(self, x: torch.Tensor, condition: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        shift1, scale1, gate1, shift2, scale2, gate2 = (condition + self.offset)[:, :, None].unbind(1)
        x = x + gate1 * self._attend(self.norm1(x) * (1 + scale1) + shift1, bias)
        return x + gate2 * self.feed_forward(self.norm2(x) * (1 + scale2) + shift2)  # type: ignore[no-any-return]

    def _attend(self, x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        batch, length, width = x.shape
        q, k, v = self.qkv(x).view(batch, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        return self.project(mixed.transpose(1, 2).reshape(batch, length, width))  # type: ignore[no-any-return]


class Transformer(nn.Module):
    """Velocity of noisy latents (n, channels, grid, grid) at times (n,) in [0, 1] under texts, or under no text."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        width, cells = config.width, (config.grid // config.patch) ** 2
        self.patchify = nn.Conv2d(config.channels, width, config.patch, config.patch)
        self.position = nn.Parameter(torch.randn(1, cells, width) * 0.02)
        self.text_input = nn.Sequential(nn.Linear(config.text_width, width), nn.LayerNorm(width))
        self.text_position = nn.Parameter(torch.randn(1, config.text_tokens, width) * 0.02)
        self.no_text = nn.Parameter(torch.randn(1, config.text_tokens, config.text_width) * 0.02)
        self.pooled_input = nn.Linear(config.text_width, width)
        self.time_input = nn.Sequential(nn.Linear(128, width), nn.SiLU(), nn.Linear(width, width))
        self.condition = nn.Sequential(nn.SiLU(), nn.Linear(width, 6 * width))
        self.blocks = nn.ModuleList(Block(width, config.heads) for _ in range(config.layers))
        self.norm = nn.LayerNorm(width, elementwise_affine=False, eps=1e-6)
        self.final_condition = nn.Sequential(nn.SiLU(), nn.Linear(width, 2 * width))
        self.output = nn.Linear(width, config.patch**2 * config.channels)
        for layer in (self.condition[-1], self.final_condition[-1], self.output):
            nn.init.zeros_(layer.weight)  # type: ignore[arg-type]
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]

    def forward(
        self, latents: torch.Tensor, time: torch.Tensor, tokens: torch.Tensor, mask: torch.Tensor, dropped: torch.Tensor
    ) -> torch.Tensor:
        """Return the velocity, shaped as `latents`.

        `tokens` (n, text_tokens, text_width) with `mask` (n, text_tokens); where `dropped` (n,) is true the learned
        empty text stands in their place (classifier-free guidance, Ho and Salimans, arXiv 2207.12598).
        """
        tokens = torch.where(dropped[:, None, None], self.no_text, tokens)
        mask = mask | dropped[:, None]
        pooled = (tokens * mask[..., None]).sum(1) / mask.sum(1, keepdim=True).clamp(min=1)
        text = self.text_input(tokens) + self.text_position
        image = self.patchify(latents).flatten(2).transpose(1, 2) + self.position
        code = self.time_input(sinusoids(time)) + self.pooled_input(pooled)
        condition = self.condition(code).view(len(latents), 6, -1)
        bias = F.pad(mask, (0, image.shape[1]), value=True)[:, None, None, :]
        x = torch.cat([text, image], dim=1)
        for block in self.blocks:
            x = block(x, condition, bias)
        shift, scale = self.final_condition(code)[:, None].chunk(2, dim=-1)
        x = self.norm(x[:, text.shape[1] :]) * (1 + scale) + shift
        return self._unpatchify(self.output(x))

    def _unpatchify(self, x: torch.Tensor) -> torch.Tensor:
        side, patch, channels = self.config.grid // self.config.patch, self.config.patch, self.config.channels
        x = x.view(len(x), side, side, patch, patch, channels)
        return x.permute(0, 5, 1, 3, 2, 4).reshape(len(x), channels, side * patch, side * patch)


def sinusoids(time: torch.Tensor, width: int = 128) -> torch.Tensor:
    """Return sine and cosine features (n, width) of times in [0, 1], as in DDPM (arXiv 2006.11239)."""
    rates = torch.exp(torch.arange(width // 2, device=time.device) * (-math.log(10_000) / (width // 2)))
    angles = 1000 * time.float()[:, None] * rates
    return torch.cat([angles.cos(), angles.sin()], dim=-1)
