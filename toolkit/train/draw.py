"""The random numbers of one step: a pure function of seed and step, whatever process or micro-batch asks."""

from __future__ import annotations

import torch

from toolkit.seeds import stable_hash


class Draw:
    """Draws for all `batch_size` rows of a step, and gives those of `rows`: so a batch that is dealt out to several
    processes, or taken in several parts, sees the noise that it would have seen whole."""

    def __init__(self, seed: int, part: str, step: int, rows: slice, batch_size: int, device: torch.device) -> None:
        self._stream = torch.Generator().manual_seed(step_seed(seed, part, step))
        self._rows, self._batch_size, self._device = rows, batch_size, device

    def normal(self, *shape: int) -> torch.Tensor:
        """Return standard normal numbers, float32 (rows, *shape)."""
        return self._own(torch.randn((self._batch_size, *shape), generator=self._stream))

    def uniform(self, *shape: int) -> torch.Tensor:
        """Return numbers in [0, 1), float32 (rows, *shape)."""
        return self._own(torch.rand((self._batch_size, *shape), generator=self._stream))

    def integers(self, low: int, high: int, *shape: int) -> torch.Tensor:
        """Return integers from `low` to `high` - 1, int64 (rows, *shape)."""
        return self._own(torch.randint(low, high, (self._batch_size, *shape), generator=self._stream))

    def _own(self, drawn: torch.Tensor) -> torch.Tensor:
        return drawn[self._rows].to(self._device)


def step_seed(seed: int, part: str, step: int) -> int:
    """Return the seed of one step of one part, in [0, 2**63)."""
    return int(stable_hash("step", seed, part, step)[:16], 16) >> 1
