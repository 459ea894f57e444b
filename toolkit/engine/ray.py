"""The engine of many machines: actors of Ray, each of which makes its function once. Ray is an extra.

Every worker must find this package, and whatever the batches name (files, a cache folder), at the same paths: on one
machine that is so, on several it takes a file system that they share, or remote addresses.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

from toolkit.engine.engine import EngineError, PerWorker
from toolkit.engine.ray_actors import Actors
from toolkit.engine.threads import usable_cores

T = TypeVar("T")
R = TypeVar("R")

# Nothing is reported to Ray's makers; what its processes say stays in its logs; no GPU is hidden or warned about.
_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".*",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}


class Bounds(NamedTuple):
    """What the engine keeps to: bytes of batches and results that are `in_flight` at once (one batch always may be;
    never more than half of a node's object store), bytes of Ray's `object_store` where it is started here, how often a
    batch is sent again after a worker died with it (`retries`), and the seconds of `patience` for a worker to start."""

    in_flight: int = 256 << 20
    object_store: int = 1 << 30
    retries: int = 3
    patience: float = 120.0


class RayEngine:
    """Actors in the cluster that this process has joined. Make it with `ray_engine`."""

    def __init__(self, ray: Any, workers: int | None, bounds: Bounds) -> None:
        self._ray = ray
        self._workers = workers
        self._bounds = bounds

    def map_batches(
        self, make: Callable[[], Callable[[T], R]], batches: Iterable[T], needs: PerWorker = PerWorker()
    ) -> Iterator[R]:
        """Yield the result for each of `batches`, in their order; see `Engine`."""
        bounds = self._bounds
        actors: Actors[T, R] = Actors(
            self._ray, make, self.workers(needs), needs, self._in_flight(), bounds.retries, bounds.patience
        )
        try:
            yield from actors.run(iter(batches))
        finally:
            actors.stop()

    def workers(self, needs: PerWorker = PerWorker()) -> int:
        """Return how many workers the nodes of the cluster have room for, at most as many as were asked for. Raises
        EngineError for none."""
        nodes = self._nodes()
        room = sum(_room(one, needs) for one in nodes)
        if room < 1:
            has = ", ".join(f"{sum(one.get(name, 0) for one in nodes):g} {name}" for name in ("CPU", "GPU"))
            raise EngineError(
                f"a worker needs {needs.cpus:g} CPU and {needs.gpus:g} GPU, and Ray's cluster has {has}, on no node "
                "enough; add a node that has them, or change device, cpus_per_worker or gpus_per_worker in the recipe"
            )
        return room if self._workers is None else min(room, self._workers)

    def _nodes(self) -> list[Mapping[str, float]]:
        """Return the resources of each node that is alive."""
        return [one["Resources"] for one in self._ray.nodes() if one["Alive"]]

    def _in_flight(self) -> int:
        """Return the bytes that may be in flight: half of the smallest store at most: Ray writes to disk beyond."""
        stores = [int(one["object_store_memory"]) for one in self._nodes() if "object_store_memory" in one]
        return min([self._bounds.in_flight, *(size // 2 for size in stores)])


def _room(node: Mapping[str, float], needs: PerWorker) -> int:
    """Return how many workers fit on a node that has these resources."""
    asked = [(name, each) for name, each in (("CPU", needs.cpus), ("GPU", needs.gpus)) if each > 0]
    return min(int(node.get(name, 0) / each + 1e-6) for name, each in asked)


@contextmanager
def ray_engine(
    *, workers: int | None = None, address: str | None = None, bounds: Bounds = Bounds()
) -> Iterator[RayEngine]:
    """Yield the engine on the cluster at `address` (`auto` or HOST:PORT), which is left when the block ends.

    For None it is one of this machine alone, which is started with a core a worker, and stopped.

    A program that has joined a cluster stays in it. Raises EngineError where Ray is not installed or nobody answers.
    """
    with _quietly():
        ray = _package()
        joined = not ray.is_initialized()
        if joined:
            with _named_program():
                _join(ray, workers, address, bounds)
    try:
        yield RayEngine(ray, workers, bounds)
    finally:
        if joined:
            with _quietly():
                ray.shutdown()


def _package() -> Any:
    try:
        import ray
    except ImportError as error:
        raise EngineError(f"the engine ray needs the package ray ({error}); run: pip install 'tain[ray]'") from error
    return ray


def _join(ray: Any, workers: int | None, address: str | None, bounds: Bounds) -> None:
    quiet = {"log_to_driver": False, "logging_level": "ERROR", "include_dashboard": False}
    if address is None:
        ray.init(
            address="local",
            num_cpus=workers or usable_cores(),
            object_store_memory=bounds.object_store,
            **quiet,
        )
        return
    _knock(address)
    try:
        ray.init(address=address, **quiet)
    except Exception as error:  # what it raises depends on how far it came
        raise _unanswered(address, error) from error


def _knock(address: str) -> None:
    """Raise EngineError where HOST:PORT does not answer: Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    if host and port.isdigit() and "/" not in host:
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=10).close()
        except OSError as error:
            raise _unanswered(address, error) from error


def _unanswered(address: str, error: Exception) -> EngineError:
    said = str(error).strip().splitlines()
    return EngineError(
        f"no cluster of Ray answers at {address} ({said[0] if said else type(error).__name__}); start one with "
        "ray start --head, or leave --address out to use this machine"
    )


@contextmanager
def _named_program() -> Iterator[None]:
    """Give the program a file's name where it has hidden its own from worker processes: Ray wants one."""
    program = sys.modules["__main__"]
    hidden = getattr(program, "__file__", "") is None
    if hidden:
        program.__file__ = sys.argv[0]
    try:
        yield
    finally:
        if hidden:
            program.__file__ = None


@contextmanager
def _quietly() -> Iterator[None]:
    """While Ray starts or stops: its warnings are not the user's, nor is its handler of SIGTERM this program's."""
    before = {name: os.environ.get(name) for name in _QUIET}
    main = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGTERM)
    os.environ.update({name: value for name, value in _QUIET.items() if before[name] is None})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        if main and handler is not None:
            signal.signal(signal.SIGTERM, handler)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
