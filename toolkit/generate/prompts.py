"""The texts of requests as networks see them, and requests in batches of one shape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch

from toolkit.errors import ModelError
from toolkit.generate.generator import Defaults, Request
from toolkit.models.text_encoder import TextEncoder


class Conditions(NamedTuple):
    """The texts of a batch of n requests, twice: first those to follow, then those to avoid.

    `tokens` float32 (2 n, length, 384) with `mask` bool (2 n, length); `dropped` bool (2 n,) marks no text at all.
    """

    tokens: torch.Tensor
    mask: torch.Tensor
    dropped: torch.Tensor


class EncodedPrompts:
    """The prompts and negative prompts of `requests`, each distinct one encoded once."""

    def __init__(self, encoder: TextEncoder, requests: Sequence[Request], length: int, device: str) -> None:
        negative = [request.negative_prompt for request in requests if request.negative_prompt]
        texts = dict.fromkeys([request.prompt_sent for request in requests] + negative)
        self._index = {text: index for index, text in enumerate(texts)}
        encoded = encoder.encode(list(texts), length=length)
        self._tokens = torch.from_numpy(encoded.tokens).to(device)
        self._mask = torch.from_numpy(encoded.mask).to(device)

    def conditions(self, requests: Sequence[Request]) -> Conditions:
        """Return the texts of `requests` for guidance; without a negative prompt, no text is what they avoid."""
        wanted = torch.tensor([self._index[request.prompt_sent] for request in requests])
        avoided = torch.tensor([self._index.get(request.negative_prompt, -1) for request in requests])
        both = torch.cat([wanted, avoided.clamp(min=0)]).to(self._tokens.device)
        dropped = torch.cat([torch.zeros_like(wanted, dtype=torch.bool), avoided < 0])
        return Conditions(self._tokens[both], self._mask[both], dropped.to(self._tokens.device))


def in_batches(requests: Sequence[Request], batch_size: int) -> Iterator[tuple[list[Request], int]]:
    """Yield `batch_size` requests at a time and how many of them count: the last batch repeats its last request."""
    for start in range(0, len(requests), batch_size):
        chunk = list(requests[start : start + batch_size])
        yield chunk + [chunk[-1]] * (batch_size - len(chunk)), len(chunk)


def check_size(request: Request, defaults: Defaults, family: str) -> None:
    """Raise ModelError where `request` is of a size that a model of one size cannot paint."""
    if (request.width, request.height) != (defaults.width, defaults.height):
        found = f"{request.width} x {request.height}"
        raise ModelError(
            f"this {family} model paints {defaults.width} x {defaults.height} pixels; {found} was asked for"
        )
