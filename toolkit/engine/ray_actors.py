"""Dealing batches out to actors of Ray: results in order, a bounded number in flight, and lost ones sent again."""

from __future__ import annotations

import pickle
import sys
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from toolkit.engine.engine import EngineError, PerWorker, WorkerError

_IN_HAND = 2  # batches that a worker holds: one in work, one that waits
_A_WORKER = 3  # batches that are anywhere between their reading and their result's taking
T = TypeVar("T")
R = TypeVar("R")


@dataclass(eq=False)
class _Batch:
    """A batch on its way: its pickle in Ray's store, its size, and the answer once there is one."""

    stored: Any
    size: int
    asked: Any = None
    answer: bytes | None = None
    deaths: int = 0


@dataclass(eq=False)
class _Worker:
    """An actor, what says that it has started, and the batches that it holds, in the order of its work."""

    actor: Any
    starting: Any
    held: list[_Batch] = field(default_factory=list)


class Actors(Generic[T, R]):
    """`count` workers that call `make` once each.

    An actor that dies, by itself or with its node, is replaced where the cluster has room, and its batches are sent
    again: the one that it was at, `retries` times at most.
    """

    def __init__(
        self,
        ray: Any,
        make: Callable[[], Callable[[T], R]],
        count: int,
        needs: PerWorker,
        in_flight: int,
        retries: int,
        patience: float,
    ) -> None:
        self._ray = ray
        self._make = ray.put(pickle.dumps(make, protocol=5))
        self._actor = ray.remote(Actor).options(
            num_cpus=needs.cpus, num_gpus=needs.gpus, scheduling_strategy="SPREAD", max_restarts=0
        )
        self._count, self._in_flight, self._retries, self._patience = count, in_flight, retries, patience
        self._threads = needs.threads or max(1, int(needs.cpus))
        self._workers: list[_Worker] = []
        self._waiting: deque[_Batch] = deque()  # in the order of their results
        self._largest = 0  # of the answers so far, in bytes
        self._failed_starts = 0

    def run(self, batches: Iterator[T]) -> Iterator[R]:
        """Yield the result for each of `batches`, in their order. Raises WorkerError, EngineError, or what the
        function raised."""
        more = True
        while True:
            while more and self._has_room():
                more = self._take(batches)
            if not self._waiting:
                return
            head = self._waiting[0]
            while head.answer is None:
                self._deal()
                self._wait()
            self._deal()  # before the caller takes its time over the result
            result, error = pickle.loads(head.answer)
            self._waiting.popleft()
            if error is not None:
                raise error
            yield result

    def stop(self) -> None:
        """Stop all workers."""
        for worker in self._workers:
            self._ray.kill(worker.actor)
        self._workers.clear()
        self._waiting.clear()

    def _has_room(self) -> bool:
        if not self._waiting:
            return True
        answers = sum(self._largest if one.answer is None else len(one.answer) for one in self._waiting)
        in_flight = sum(one.size for one in self._waiting) + answers
        return len(self._waiting) < _A_WORKER * self._count and in_flight < self._in_flight

    def _take(self, batches: Iterator[T]) -> bool:
        """Take one more of `batches`; return whether there was one."""
        for batch in batches:
            data = pickle.dumps(batch, protocol=5)
            self._waiting.append(_Batch(self._ray.put(data), len(data)))
            if len(self._workers) < min(self._count, len(self._waiting)):
                self._start()
            return True
        return False

    def _start(self) -> None:
        actor = self._actor.remote(self._make, sys.path, self._threads)
        self._workers.append(_Worker(actor, actor.ready.remote()))

    def _deal(self) -> None:
        """Give batches that nobody holds to the workers that hold fewest."""
        started = [one for one in self._workers if one.starting is None]
        for batch in self._waiting:
            if batch.answer is not None or batch.asked is not None:
                continue
            free = min(started, key=lambda one: len(one.held), default=None)
            if free is None or len(free.held) >= _IN_HAND:
                return
            batch.asked = free.actor.work.remote(batch.stored)
            free.held.append(batch)

    def _wait(self) -> None:
        """Take in whatever comes next: an answer, a worker that has started, or the end of one."""
        waited: dict[Any, _Worker] = {}
        for worker in self._workers:
            waited |= {one.asked: worker for one in worker.held}
            if worker.starting is not None:
                waited[worker.starting] = worker
        ready, _ = self._ray.wait(list(waited), num_returns=1, timeout=self._patience)
        if not ready and all(one.starting is not None for one in self._workers):
            raise EngineError(
                f"no worker has started in {self._patience:g} s on a cluster that has {self._ray.cluster_resources()}; "
                "other programs may hold it, or nodes were lost: run again with --resume"
            )
        for ref in ready:
            worker = waited[ref]
            if ref == worker.starting:
                self._has_started(worker)
            else:
                self._has_answered(worker, next(one for one in worker.held if one.asked == ref))

    def _has_started(self, worker: _Worker) -> None:
        try:
            self._ray.get(worker.starting)
            worker.starting = None
        except self._ray.exceptions.RayError as error:
            self._failed_starts += 1
            if self._failed_starts > self._retries:
                raise WorkerError(f"workers of Ray do not start ({_last_line(error)})") from error
            self._replace(worker)

    def _has_answered(self, worker: _Worker, batch: _Batch) -> None:
        try:
            batch.answer = self._ray.get(batch.asked)
        except self._ray.exceptions.RayError as error:
            batch.deaths += 1
            if batch.deaths > self._retries:
                raise WorkerError(
                    f"{batch.deaths} workers were lost over one batch ({_last_line(error)}); finished shards are "
                    "safe: run again with --resume, perhaps with fewer --workers"
                ) from error
            if isinstance(error, self._ray.exceptions.RayActorError):
                self._replace(worker)
            else:  # its answer was lost, with the node that held it
                worker.held.remove(batch)
                batch.asked = None
            return
        batch.stored = batch.asked = None
        worker.held.remove(batch)
        self._largest = max(self._largest, len(batch.answer))

    def _replace(self, worker: _Worker) -> None:
        """Start another worker in place of `worker`; what it held is dealt out again."""
        self._ray.kill(worker.actor)
        self._workers.remove(worker)
        for batch in worker.held:
            batch.asked = None
        self._start()


class Actor:
    """What runs in each process of Ray: the pickle of `make` in, then of batches in and (result, exception) out.

    Modules are looked for at `path` too, as where the batches come from. torch has `threads`.
    """

    def __init__(self, make: bytes, path: list[str], threads: int) -> None:
        from threadpoolctl import threadpool_limits

        from toolkit.engine.garbage import collect_seldom
        from toolkit.engine.processes import do_without_pandas
        from toolkit.engine.threads import limit_threads

        sys.path += [one for one in path if one not in sys.path]
        limit_threads(threads)
        threadpool_limits(1, user_api="blas")
        collect_seldom()
        do_without_pandas()
        self._make: Callable[[], Callable[[Any], Any]] = pickle.loads(make)
        self._function: Callable[[Any], Any] | None = None

    def ready(self) -> None:
        """Answer, once there is an actor to answer."""

    def work(self, batch: bytes) -> bytes:
        """Return the pickle of (result, None) or (None, exception) for a pickled batch."""
        try:
            self._function = self._function or self._make()
            return pickle.dumps((self._function(pickle.loads(batch)), None), protocol=5)
        except Exception as error:
            try:
                return pickle.dumps((None, error), protocol=5)
            except Exception:  # an exception that cannot travel
                return pickle.dumps((None, WorkerError(f"{type(error).__name__}: {error}")), protocol=5)


def _last_line(error: Exception) -> str:
    lines = [one.strip() for one in str(error).splitlines() if one.strip()]
    return lines[-1][:300] if lines else type(error).__name__
