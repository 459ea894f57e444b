"""Pictures as networks see them, float32 in [-1, 1], and as files hold them, uint8."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray


def to_unit(pictures: NDArray[np.uint8]) -> torch.Tensor:
    """Return uint8 `pictures` of any shape as float32 in [-1, 1]."""
    return torch.from_numpy(np.ascontiguousarray(pictures)).float() / 127.5 - 1


def to_bytes(pictures: torch.Tensor) -> torch.Tensor:
    """Return `pictures` (n, 3, height, width) in [-1, 1] as uint8 (n, height, width, 3); the rest is cut off."""
    return ((pictures.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()
