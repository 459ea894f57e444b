"""The captions of a training set, encoded once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch

from toolkit.models.text_encoder import load_text_encoder


class EncodedTexts(NamedTuple):
    """`tokens` float16 (captions, length, 384), half as large as what the encoder returns, with their `mask`."""

    tokens: torch.Tensor
    mask: torch.Tensor

    def at(self, indices: torch.Tensor, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
        """Return tokens, float32 (n, length, 384), and mask of the captions at `indices` (n,), on `device`."""
        return self.tokens[indices].to(device).float(), self.mask[indices].to(device)


def encode_texts(captions: Sequence[str], length: int) -> EncodedTexts:
    """Return `captions`, each cut or padded to `length` tokens."""
    encoded = load_text_encoder().encode(captions, length=length)
    return EncodedTexts(torch.from_numpy(encoded.tokens).half(), torch.from_numpy(encoded.mask))
