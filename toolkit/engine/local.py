"""The engine of one machine: in-process for one worker, else worker processes; the results are the same."""

from __future__ import annotations

import mmap
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from toolkit.engine.engine import PerWorker, WorkerError, worker_death
from toolkit.engine.garbage import collect_seldom
from toolkit.engine.processes import do_without_pandas, worker_context
from toolkit.engine.threads import computing_with, limit_threads, share_of_cores
from toolkit.errors import RunError

_GATHERED_ROWS = 1 << 12
T = TypeVar("T")
R = TypeVar("R")


def map_batches(
    make: Callable[[], Callable[[T], R]], batches: Iterable[T], *, workers: int = 1, threads: int | None = None
) -> Iterator[R]:
    """Yield the result for each of `batches`, in their order, whatever the worker count.

    `make` is called once in each worker and returns the function that does the work there, so that a model is loaded
    once a worker. At most one batch a worker and one more are in memory; with several workers `make`,
    batches and results travel between processes and must be picklable. torch has `threads` in each worker; None: all
    cores where there is one worker, else its share of them.
    Raises ValueError for fewer than one worker, WorkerError where a worker died, else what the function raised.
    """
    if workers < 1:
        raise ValueError(f"workers is {workers}; at least 1 is needed")
    remaining = iter(batches)
    first = list(islice(remaining, 2))
    if workers == 1 or len(first) < 2:  # a process would only cost its start
        with computing_with(threads):
            function = make()
            for batch in chain(first, remaining):
                yield function(batch)
        return
    pool: list[_Worker[T, R]] = []
    try:
        yield from _in_order(pool, make, chain(first, remaining), workers, threads)
    finally:
        for worker in pool:
            worker.stop()


@dataclass(frozen=True)
class LocalEngine:
    """The engine of this machine: in-process for one worker, else `workers` processes."""

    workers: int = 1

    def map_batches(
        self, make: Callable[[], Callable[[T], R]], batches: Iterable[T], needs: PerWorker = PerWorker()
    ) -> Iterator[R]:
        """Yield the result for each of `batches`, in their order; see `Engine`. Of what workers take only the threads
        are heeded."""
        return map_batches(make, batches, workers=self.workers, threads=needs.threads)


class Gathered(NamedTuple):
    """Columns of all rows: a table over a file that is mapped. What is looked at is in memory until the next look."""

    table: pa.Table
    mapped: mmap.mmap

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return int(self.table.num_rows)

    def select(self, columns: Sequence[str]) -> pa.Table:
        """Return `columns` of all rows, once what earlier ones took is released."""
        self.release()
        return self.table.select(list(columns))

    def take(self, columns: Sequence[str], rows: NDArray[np.int64]) -> pa.Table:
        """Return `columns` of `rows`, ascending positions, once what earlier ones took is released."""
        found = self.select(columns)
        if len(rows) < self.rows:
            wanted = np.zeros(self.rows, dtype=bool)
            wanted[rows] = True
            found = found.filter(pa.array(wanted))  # chunk by chunk, where `take` would join them all first
            self.release()
        return found

    def release(self) -> None:
        """Give back the memory of all columns, and what allocators hold on to. Columns stay valid, and are read from
        the file once more by whoever looks at them again."""
        if hasattr(mmap, "MADV_DONTNEED"):  # not on every system
            self.mapped.madvise(mmap.MADV_DONTNEED)
        pa.default_memory_pool().release_unused()


def gather(tables: Iterable[pa.Table], file: Path) -> Gathered:
    """Return `tables`, which have the same columns, as one in their order: what a global rule needs of all rows.

    It lies in `file`, not in memory: what is not looked at costs nothing. Raises RunError where there are none.
    """
    pa.default_memory_pool().release_unused()  # of whatever made the tables
    remaining = iter(tables)
    first = next(remaining, None)
    if first is None:
        raise RunError(f"nothing to gather into {file}; give a source that holds at least one row")
    with pa.ipc.new_file(file, first.schema) as writer:
        for group in _groups(chain((first,), remaining)):
            writer.write_table(pa.concat_tables(group).combine_chunks())
    with file.open("rb") as stream:
        mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    return Gathered(pa.ipc.open_file(pa.BufferReader(pa.py_buffer(mapped))).read_all(), mapped)


def _groups(tables: Iterable[pa.Table]) -> Iterator[list[pa.Table]]:
    """Yield some of `tables` together: a column in few pieces is quicker to read."""
    held: list[pa.Table] = []
    for table in tables:
        held.append(table)
        if sum(one.num_rows for one in held) >= _GATHERED_ROWS:
            yield held
            held = []
    if held:
        yield held


def _in_order(
    pool: list[_Worker[T, R]],
    make: Callable[[], Callable[[T], R]],
    batches: Iterator[T],
    workers: int,
    threads: int | None,
) -> Iterator[R]:
    """Deal batches out in turn: batch i goes to worker i mod n, so that the oldest result is always the next one.
    Workers join `pool` as batches come.

    A worker gets its next batch only after its last result was taken: a pipe with large things waiting in both
    directions would block both sides.
    """
    threads = threads or share_of_cores(workers)
    busy: deque[_Worker[T, R]] = deque()
    for batch in batches:
        if len(pool) < workers:
            worker = _Worker(make, threads)
            pool.append(worker)
            worker.send(batch)
            busy.append(worker)
            continue
        worker = busy.popleft()
        result = worker.receive()
        worker.send(batch)
        busy.append(worker)
        yield result
    while busy:
        yield busy.popleft().receive()


class _Worker(Generic[T, R]):
    """One process and the pipe to it."""

    def __init__(self, make: Callable[[], Callable[[T], R]], threads: int) -> None:
        context = worker_context([type(make).__module__])
        self._pipe, theirs = context.Pipe()
        environment = dict(os.environ)  # a server keeps the one that it began with
        arguments = (theirs, make, environment, threads)
        self._process: BaseProcess = context.Process(target=_serve, args=arguments, daemon=True)
        self._process.start()
        theirs.close()

    def send(self, batch: T) -> None:
        try:
            self._pipe.send(batch)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise self._death() from error

    def receive(self) -> R:
        try:
            result, error = self._pipe.recv()
        except (EOFError, ConnectionResetError) as ended:
            raise self._death() from ended
        if error is not None:
            raise error
        return result  # type: ignore[no-any-return]

    def stop(self) -> None:
        self._pipe.close()
        self._process.join(timeout=5)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def _death(self) -> WorkerError:
        self._process.join(timeout=5)
        return worker_death(self._process.exitcode, "fewer --workers")


def _serve(
    pipe: Connection[Any, Any], make: Callable[[], Callable[[Any], Any]], environment: Mapping[str, str], threads: int
) -> None:
    """Answer each batch with (result, None) or (None, exception) until the other side hangs up.

    Torch, which the server may have loaded, and what is loaded later share the cores with the other workers. numpy's
    linear algebra gets one thread: several a worker, fighting over the cores, take three times as long.
    """
    os.environ.update(environment)
    limit_threads(threads)
    threadpool_limits(1, user_api="blas")
    collect_seldom()
    do_without_pandas()
    function: Callable[[Any], Any] | None = None
    while True:
        try:
            batch = pipe.recv()
        except (EOFError, ConnectionResetError, KeyboardInterrupt):
            return
        try:
            function = function or make()
            answer: tuple[Any, Exception | None] = (function(batch), None)
        except Exception as error:
            answer = (None, error)
        try:
            pipe.send(answer)
        except (BrokenPipeError, ConnectionResetError, KeyboardInterrupt):
            return
