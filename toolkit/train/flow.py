"""What a flow model's transformer is trained on, whether the space it works in is of latents or of pixels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch
from torch import nn

from toolkit.models.transformer import Transformer
from toolkit.train.draw import Draw
from toolkit.train.texts import EncodedTexts
from toolkit.train.training_set import TrainingSet


class FlowLoss(Protocol):
    """`flow_matching` or `clean_flow_matching` of `toolkit.train.objectives`."""

    def __call__(
        self,
        network: Transformer,
        clean: torch.Tensor,
        tokens: torch.Tensor,
        mask: torch.Tensor,
        /,
        *,
        caption_dropout: float,
        draw: Draw,
    ) -> torch.Tensor: ...


class FlowObjective(nn.Module):
    """`loss` of the pairs chosen; `clean` returns float32 (n, channels, grid, grid) for their indices (n,)."""

    def __init__(
        self,
        transformer: Transformer,
        loss: FlowLoss,
        clean: Callable[[torch.Tensor], torch.Tensor],
        data: TrainingSet,
        texts: EncodedTexts,
        *,
        caption_dropout: float,
    ) -> None:
        super().__init__()
        self.transformer, self._loss, self._clean = transformer, loss, clean
        self._caption_index, self._texts = torch.from_numpy(data.caption_index), texts
        self._caption_dropout = caption_dropout

    def forward(self, chosen: torch.Tensor, draw: Draw) -> torch.Tensor:
        device = self.transformer.position.device
        texts = self._texts.at(self._caption_index[chosen], device)
        clean = self._clean(chosen).to(device)
        return self._loss(self.transformer, clean, *texts, caption_dropout=self._caption_dropout, draw=draw)
