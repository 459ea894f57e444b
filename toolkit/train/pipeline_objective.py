"""What the denoiser of a diffusers pipeline is trained on."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import nn

from toolkit.train.draw import Draw
from toolkit.train.encoded import EncodedPairs
from toolkit.train.noise_schedule import NoiseSchedule
from toolkit.train.pipeline_family import Family

_FIGURE_PAIRS = 256
_FIGURE_BATCH = 8


class DenoisingObjective(nn.Module):
    """The squared error of what the denoiser says of noisy latents, at times that are all as likely.

    A share `caption_dropout` of the captions is replaced by none. Frozen weights are no part of its state: a checkpoint
    of adapters holds adapters alone.
    """

    def __init__(
        self,
        denoiser: nn.Module,
        family: Family,
        encoded: EncodedPairs,
        caption_index: NDArray[np.int64],
        schedule: NoiseSchedule,
        *,
        caption_dropout: float,
        min_snr_gamma: float | None,
    ) -> None:
        super().__init__()
        self.denoiser, self.caption_dropout, self.min_snr_gamma = denoiser, caption_dropout, min_snr_gamma
        self._family, self._encoded, self._caption_index = family, encoded, caption_index
        self._schedule = schedule
        self.register_state_dict_post_hook(_leave_out_frozen)  # type: ignore[no-untyped-call]
        self.register_load_state_dict_post_hook(_expect_no_frozen)  # type: ignore[no-untyped-call]

    def forward(self, chosen: torch.Tensor, draw: Draw) -> torch.Tensor:
        """Return the mean over the pairs `chosen` (n,) of their weighted errors."""
        pairs, shape = chosen.numpy(), self._encoded.mean.shape[1:]
        latents = self._encoded.latents(pairs, draw.normal(*shape))
        noise = draw.normal(*shape)
        time = draw.integers(0, len(self._schedule.signal))
        dropped = (draw.uniform() < self.caption_dropout).cpu().numpy()
        captions = np.where(dropped, -1, self._caption_index[pairs])
        predicted = self._family.predict(
            self.denoiser,
            self._schedule.noised(latents, noise, time),
            time,
            self._encoded.conditions(captions, latents.device),
            torch.from_numpy(self._encoded.frames[pairs]).to(latents.device),
        )
        error = F.mse_loss(predicted.float(), self._schedule.target(latents, noise, time), reduction="none")
        error = error.mean((1, 2, 3))
        if self.min_snr_gamma is not None:
            error = error * self._schedule.min_snr_weight(time, self.min_snr_gamma)
        return error.mean()


@torch.no_grad()
def denoising_loss(objective: DenoisingObjective, indices: NDArray[np.int64], device: torch.device) -> float:
    """Return the mean loss on up to 256 of the pairs at `indices`, with their captions, at times and noises that do not
    change: figures of before and after can be compared."""
    training, dropout = objective.training, objective.caption_dropout
    objective.eval()
    objective.caption_dropout = 0.0
    chosen, total = indices[:_FIGURE_PAIRS], 0.0
    for start in range(0, len(chosen), _FIGURE_BATCH):
        some = torch.from_numpy(chosen[start : start + _FIGURE_BATCH])
        draw = Draw(0, "figure", start, slice(0, len(some)), len(some), device)
        total += float(objective(some, draw)) * len(some)
    objective.caption_dropout = dropout
    objective.train(training)
    return total / len(chosen)


def _frozen(module: nn.Module) -> set[str]:
    return {name for name, parameter in module.named_parameters() if not parameter.requires_grad}


def _leave_out_frozen(module: nn.Module, state: dict[str, Any], prefix: str, _: Any) -> None:
    for name in _frozen(module):
        state.pop(prefix + name, None)


def _expect_no_frozen(module: nn.Module, found: Any) -> None:
    frozen = _frozen(module)
    found.missing_keys[:] = [key for key in found.missing_keys if not any(key.endswith(name) for name in frozen)]
