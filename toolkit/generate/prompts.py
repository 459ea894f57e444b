"""The texts of requests as networks see them, and requests in batches of one shape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch

from toolkit.errors import ModelError
from toolkit.generate.attribute_directions import directions, guiding_texts
from toolkit.generate.generator import Defaults, Request
from toolkit.generate.recent_results import RecentResults
from toolkit.models.text_encoder import TextEncoder

KEPT_TEXTS = 2048


class Conditions(NamedTuple):
    """The texts of a batch of n requests, twice: first those to follow, then those to avoid.

    `tokens` float32 (2 n, length, 384) with `mask` bool (2 n, length); `dropped` bool (2 n,) marks no text at all.
    """

    tokens: torch.Tensor
    mask: torch.Tensor
    dropped: torch.Tensor


class _Text(NamedTuple):
    """One text: `tokens` (length, 384), `mask` (length,), and whether it was `truncated` to that length."""

    tokens: torch.Tensor
    mask: torch.Tensor
    truncated: bool


class EncodedPrompts:
    """Prompts and negative prompts, each distinct one encoded once, cut or padded to `length` tokens."""

    def __init__(self, encoder: TextEncoder, length: int, device: str) -> None:
        self._encoder = encoder
        self._length = length
        self._device = device
        self._texts = RecentResults(self._encode, KEPT_TEXTS)

    @property
    def encoded(self) -> int:
        """How many texts went through the encoder so far."""
        return self._texts.computed

    def encode_ahead(self, requests: Sequence[Request]) -> None:
        """Encode the distinct texts of `requests` that are not encoded yet, all together."""
        sent = [text for request in requests for text in (request.prompt_sent, request.negative_prompt) if text]
        self._texts.get([*sent, *guiding_texts(requests)])

    def conditions(self, requests: Sequence[Request]) -> Conditions:
        """Return the texts of `requests` for guidance; without a negative prompt, no text is what they avoid. What a
        request follows is moved by its attribute guidance."""
        wanted = self._moved(requests)
        avoided = self._texts.get(request.negative_prompt or request.prompt_sent for request in requests)
        dropped = [False] * len(requests) + [not request.negative_prompt for request in requests]
        return Conditions(
            torch.stack([text.tokens for text in wanted + avoided]),
            torch.stack([text.mask for text in wanted + avoided]),
            torch.tensor(dropped, device=self._device),
        )

    def _moved(self, requests: Sequence[Request]) -> list[_Text]:
        texts = self._texts.get(request.prompt_sent for request in requests)
        moves = directions(requests, lambda text: _mean(self._texts.get([text])[0]))
        return [
            text if move is None else text._replace(tokens=text.tokens + move * text.mask[:, None])
            for text, move in zip(texts, moves, strict=True)
        ]

    def truncated(self, requests: Sequence[Request]) -> list[bool]:
        """Return for each of `requests` whether its prompt is longer than the network reads."""
        return [text.truncated for text in self._texts.get(request.prompt_sent for request in requests)]

    def _encode(self, texts: list[str]) -> list[_Text]:
        encoded = self._encoder.encode(texts, length=self._length)
        tokens, mask = (torch.from_numpy(one).to(self._device) for one in (encoded.tokens, encoded.mask))
        counts = self._encoder.count_tokens(texts)
        return [_Text(*one) for one in zip(tokens, mask, [count > self._length for count in counts], strict=True)]


def _mean(text: _Text) -> torch.Tensor:
    """Return the mean of the tokens of `text`, float32 (384,)."""
    return text.tokens[text.mask].mean(0)


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
