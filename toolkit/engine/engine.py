"""What an engine is: something that maps a function over batches, in their order, wherever the work is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, Protocol, TypeVar

from toolkit.errors import TainError

ENGINES = ("local", "ray")
T = TypeVar("T")
R = TypeVar("R")


class EngineError(TainError):
    """An engine that cannot be had: its package is missing, nobody answers at its address, or it has no room."""


class WorkerError(TainError):
    """A worker process that died or raised; the shards that were finished before are safe."""


def worker_death(code: int | None, less: str) -> WorkerError:
    """Return what to raise for a worker process that ended with the exit `code` before its work did; `less` says which
    option takes less memory, as "a lower --concurrency"."""
    return WorkerError(
        f"a worker process ended with code {code} (out of memory?); "
        f"finished shards are safe: run again with --resume, perhaps with {less}"
    )


class PerWorker(NamedTuple):
    """What each worker takes of its machine: `cpus` and `gpus`, which may be fractions, and the `threads` that torch
    has in it; None: as many as the engine finds right."""

    cpus: float = 1.0
    gpus: float = 0.0
    threads: int | None = None


class Engine(Protocol):
    """Where work runs. Whatever the engine, equal batches give equal results in equal order."""

    def map_batches(
        self, make: Callable[[], Callable[[T], R]], batches: Iterable[T], needs: PerWorker = PerWorker()
    ) -> Iterator[R]:
        """Yield the result for each of `batches`, in their order.

        `make` is called once in each worker and returns the function that does the work there, so that a model is
        loaded once a worker. The function is pure: a batch may be given to a second worker where the first was lost.
        Raises WorkerError where workers died, EngineError where there is no room for one, else what the function
        raised.
        """
        ...
