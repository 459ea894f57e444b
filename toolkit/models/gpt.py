"""A transformer that predicts the next token of a picture from those before it and from a text.

GPT-2 (Radford et al., 2019) with tied embeddings, as in nanoGPT. The text comes first, as in DALL-E (arXiv 2102.12092);
its tokens all see each other (a prefix language model, arXiv 1910.10683).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import nn


@dataclass(frozen=True)
class GPTConfig:
    """`length` tokens a picture, of `codes` kinds; `text_tokens` text tokens of `text_width`."""

    codes: int = 4096
    length: int = 64
    width: int = 192
    layers: int = 6
    heads: int = 6
    text_width: int = 384
    text_tokens: int = 16

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise ValueError(f"a width of {self.width} cannot be shared out to {self.heads} heads")

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


class Memory:
    """The keys and values that one layer has seen, (n, heads, capacity, width of a head): `length` of them so far."""

    def __init__(self, keys: torch.Tensor, values: torch.Tensor, capacity: int) -> None:
        room = (*keys.shape[:2], capacity, keys.shape[3])
        self.length = 0
        self._keys, self._values = keys.new_empty(room), values.new_empty(room)
        self.add(keys, values)

    def add(self, keys: torch.Tensor, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Append, and return all there is."""
        end = self.length + keys.shape[2]
        self._keys[:, :, self.length : end], self._values[:, :, self.length : end] = keys, values
        self.length = end
        return self._keys[:, :, :end], self._values[:, :, :end]


class Layer(nn.Module):
    """Attention and a feed-forward layer, each after a layer norm and added to its input."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.project = nn.Linear(width, width)
        self.widen, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor, allowed: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return the output, and the keys and values of `x`; position i attends to j where `allowed` (n, 1, i, j)."""
        query, keys, values = self._split(x)
        return self._join(x, query, keys, values, allowed), keys, values

    def step(self, x: torch.Tensor, memory: Memory, allowed: torch.Tensor) -> torch.Tensor:
        """Return the output for one more position, `x` (n, 1, width), which joins `memory`."""
        query, keys, values = self._split(x)
        return self._join(x, query, *memory.add(keys, values), allowed)

    def _split(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        batch, length, width = x.shape
        heads = self.qkv(self.norm1(x)).view(batch, length, 3, self.heads, width // self.heads)
        query, keys, values = heads.permute(2, 0, 3, 1, 4)
        return query, keys, values

    def _join(
        self, x: torch.Tensor, query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, allowed: torch.Tensor
    ) -> torch.Tensor:
        mixed = F.scaled_dot_product_attention(query, keys, values, attn_mask=allowed)
        x = x + self.project(mixed.transpose(1, 2).flatten(2))
        return x + self.narrow(F.gelu(self.widen(self.norm2(x)), approximate="tanh"))  # type: ignore[no-any-return]


class GPT(nn.Module):
    """Logits of the tokens of pictures, each from those before it, under texts or under no text."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.embedding = nn.Embedding(config.codes, width)
        self.position = nn.Parameter(torch.empty(1, config.length, width))
        self.start = nn.Linear(config.text_width, width)
        self.text_input = nn.Sequential(nn.Linear(config.text_width, width), nn.LayerNorm(width))
        self.text_position = nn.Parameter(torch.empty(1, config.text_tokens, width))
        self.no_text = nn.Parameter(torch.empty(1, config.text_tokens, config.text_width))
        self.layers = nn.ModuleList(Layer(width, config.heads) for _ in range(config.layers))
        self.norm = nn.LayerNorm(width)
        self._initialise()

    def _initialise(self) -> None:
        """As GPT-2: normal of 0.02, what is added to the residual stream smaller by the root of how often."""
        for name, parameter in self.named_parameters():
            if parameter.dim() > 1:
                added = name.endswith(("project.weight", "narrow.weight"))
                nn.init.normal_(parameter, std=0.02 / (2 * self.config.layers) ** 0.5 if added else 0.02)
            elif name.endswith("bias"):
                nn.init.zeros_(parameter)

    def forward(
        self, tokens: torch.Tensor, texts: torch.Tensor, mask: torch.Tensor, dropped: torch.Tensor
    ) -> torch.Tensor:
        """Return logits (n, length, codes): those at i are of `tokens` (n, length) at i, given the ones before.

        `texts` (n, text_tokens, text_width) with `mask` (n, text_tokens); where `dropped` (n,) is true the learned
        empty text stands in their place.
        """
        prefix, mask = self._prefix(texts, mask, dropped)
        shifted = self.embedding(tokens[:, :-1]) + self.position[:, 1:]
        x = torch.cat([prefix, shifted], dim=1)
        allowed = self._allowed(mask, self.config.length)
        for layer in self.layers:
            x, _, _ = layer(x, allowed)
        return self._logits(x[:, self.config.text_tokens :])

    def begin(
        self, texts: torch.Tensor, mask: torch.Tensor, dropped: torch.Tensor
    ) -> tuple[torch.Tensor, list[Memory]]:
        """Return the logits of the first token, (n, codes), and what `advance` goes on from."""
        x, mask = self._prefix(texts, mask, dropped)
        allowed, memories = self._allowed(mask, 1), []
        for layer in self.layers:
            x, keys, values = layer(x, allowed)
            memories.append(Memory(keys, values, self.config.text_tokens + self.config.length))
        return self._logits(x[:, -1]), memories

    def advance(
        self, token: torch.Tensor, place: int, memories: list[Memory], mask: torch.Tensor, dropped: torch.Tensor
    ) -> torch.Tensor:
        """Return the logits of the token after `token` (n,), which stands at `place`."""
        x = self.embedding(token)[:, None] + self.position[:, place + 1 : place + 2]
        seen = F.pad(mask | dropped[:, None], (0, place + 2), value=True)[:, None, None, :]
        for layer, memory in zip(self.layers, memories, strict=True):
            x = layer.step(x, memory, seen)  # type: ignore[operator]
        return self._logits(x[:, 0])

    def _prefix(
        self, texts: torch.Tensor, mask: torch.Tensor, dropped: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the text and the start of the picture, (n, text_tokens + 1, width), and which text tokens count."""
        texts = torch.where(dropped[:, None, None], self.no_text, texts)
        mask = mask | dropped[:, None]
        pooled = (texts * mask[..., None]).sum(1, keepdim=True) / mask.sum(1).clamp(min=1).view(-1, 1, 1)
        start = self.start(pooled) + self.position[:, :1]
        return torch.cat([self.text_input(texts) + self.text_position, start], dim=1), mask

    def _allowed(self, mask: torch.Tensor, length: int) -> torch.Tensor:
        """Return who may attend to whom: all to the text, tokens of the picture to those before and to themselves."""
        text = mask.shape[1]
        whole = torch.ones(text + length, text + length, dtype=torch.bool, device=mask.device).tril()
        whole[:, :text] = True
        return whole[None, None] & F.pad(mask, (0, length), value=True)[:, None, None, :]

    def _logits(self, x: torch.Tensor) -> torch.Tensor:
        return F.linear(self.norm(x), self.embedding.weight)
