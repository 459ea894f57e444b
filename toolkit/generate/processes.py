"""Several processes at one request list, as torchrun starts them. They share a run folder and nothing else.

The first makes the run and finishes it; all of them paint. Where one is lost, what it had not painted is left for
`--resume`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import NamedTuple

from toolkit.errors import RunError

PATIENCE = 1800.0  # seconds without anything new, after which the others are given up
LOOK_EVERY = 0.2


class Launched(NamedTuple):
    """This process: its `rank` of `world_size`, and its `local_rank` on this machine."""

    rank: int = 0
    world_size: int = 1
    local_rank: int = 0

    @property
    def first(self) -> bool:
        """Whether it is the one that makes the run and finishes it."""
        return self.rank == 0

    def device(self, name: str) -> str:
        """Return the device that this process computes on: of several GPUs, its own."""
        return f"cuda:{self.local_rank}" if name == "cuda" and self.world_size > 1 else name


def launched() -> Launched:
    """Return what torchrun says of this process; one alone where it says nothing."""
    said = {name: os.environ.get(name) for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK")}
    return Launched(int(said["RANK"] or 0), int(said["WORLD_SIZE"] or 1), int(said["LOCAL_RANK"] or 0))


def wait_for(ready: Callable[[], bool], progress: Callable[[], object], what: str, patience: float) -> None:
    """Return once `ready`. Raises RunError after `patience` seconds in which `progress` returned nothing new."""
    seen, since = progress(), time.monotonic()
    while not ready():
        time.sleep(LOOK_EVERY)
        if (now := progress()) != seen:
            seen, since = now, time.monotonic()
        elif time.monotonic() - since > patience:
            raise RunError(f"{what} in {patience:g} s; run the same command with --resume to go on")
