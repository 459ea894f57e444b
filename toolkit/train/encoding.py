"""Pictures through a trained encoder, once; and how well a decoder brings them back."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from toolkit.models.picture_range import to_unit
from toolkit.progress import Progress, silent

CHUNK = 256


@torch.no_grad()
def encode_pictures(
    encode: Callable[[torch.Tensor], torch.Tensor],
    pictures: NDArray[np.uint8],
    device: torch.device,
    progress: Progress = silent,
) -> torch.Tensor:
    """Return on the CPU what `encode`, whose network is on `device`, makes of uint8 `pictures` (n, 3, side, side)."""
    parts = []
    for start in range(0, len(pictures), CHUNK):
        parts.append(encode(to_unit(pictures[start : start + CHUNK]).to(device)).cpu())
        progress("encoding pictures", min(start + CHUNK, len(pictures)), len(pictures))
    return torch.cat(parts)


@torch.no_grad()
def reconstruction_psnr(
    reconstruct: Callable[[torch.Tensor], torch.Tensor], pictures: NDArray[np.uint8], device: torch.device
) -> float:
    """Return the mean peak signal-to-noise ratio, in dB, of uint8 `pictures` after `reconstruct`, on `device`."""
    ratios = []
    for start in range(0, len(pictures), CHUNK):
        truth = to_unit(pictures[start : start + CHUNK]).to(device)
        error = F.mse_loss(reconstruct(truth).clamp(-1, 1), truth, reduction="none").mean((1, 2, 3))
        ratios.append(10 * torch.log10(4 / error.clamp(min=1e-8)))
    return float(torch.cat(ratios).mean())
