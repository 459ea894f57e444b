"""Work for engines, of module level so that it travels to workers: summing a batch, and failing at it."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

BATCHES = [[1, 2], [5], [], [7, 8, 9], [10], [11]]


@dataclass(frozen=True)
class Scale:
    """Makes a function that sums its batch and multiplies."""

    factor: int

    def __call__(self) -> _Scaled:
        return _Scaled(self.factor)


@dataclass(frozen=True)
class _Scaled:
    factor: int

    def __call__(self, batch: list[int]) -> tuple[int, bytes]:
        return self.factor * sum(batch), bytes(1 << 20)  # larger than a pipe holds


@dataclass(frozen=True)
class Failing:
    """Makes a function that fails on the batch that holds 3: raises, or kills its process as long as `once` is not
    there, and every time where `once` is empty."""

    manner: str
    once: str = ""

    def __call__(self) -> _Failing:
        return _Failing(self.manner, self.once)


@dataclass(frozen=True)
class _Failing:
    manner: str
    once: str

    def __call__(self, batch: list[int]) -> int:
        if 3 in batch and self.manner == "raise":
            raise KeyError("three")
        if 3 in batch and not (self.once and Path(self.once).exists()):
            if self.once:
                Path(self.once).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return sum(batch)


class TorchThreads:
    """Makes a function that says how many threads torch has, whatever its batch."""

    def __call__(self) -> _TorchThreads:
        return _TorchThreads()


class _TorchThreads:
    def __call__(self, batch: list[int]) -> int:
        import torch

        return torch.get_num_threads()


@dataclass(frozen=True)
class GPUsSeen:
    """Makes a function that says in which process it is and which GPUs it may see, once `workers` have met at the
    folder `meeting`: the first of them could be done before another has started."""

    meeting: str
    workers: int

    def __call__(self) -> _GPUsSeen:
        return _GPUsSeen(Path(self.meeting), self.workers)


@dataclass(frozen=True)
class _GPUsSeen:
    meeting: Path
    workers: int

    def __call__(self, batch: list[int]) -> tuple[int, str]:
        (self.meeting / str(os.getpid())).touch()
        until = time.monotonic() + 120
        while len(list(self.meeting.iterdir())) < self.workers and time.monotonic() < until:
            time.sleep(0.05)
        return os.getpid(), os.environ.get("CUDA_VISIBLE_DEVICES", "")


class Lengths:
    """Makes a function that gives back the length of its batch, and the first MiB of it."""

    def __call__(self) -> _Lengths:
        return _Lengths()


class _Lengths:
    def __call__(self, batch: bytes) -> tuple[int, bytes]:
        return len(batch), batch[: 1 << 20]
