"""The worker processes of a scraping run, and dealing shards to them."""

from __future__ import annotations

from collections.abc import Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, SpawnContext
from time import monotonic
from typing import Any

from toolkit.engine.engine import WorkerError, worker_death
from toolkit.engine.processes import worker_context
from toolkit.scrape.jobs import Job
from toolkit.scrape.recipe import ScrapeRecipe
from toolkit.scrape.worker import Finished, Ready, serve
from toolkit.sources.web.turns import SharedTurns, shared_turns
from toolkit.store import RunFolder

_SECONDS_TO_END = 3.0


def work_through(jobs: Iterator[Job], run: RunFolder, recipe: ScrapeRecipe, workers: int) -> Iterator[Finished]:
    """Yield each shard of `jobs` once it is written, in the order in which they end.

    A job is taken from `jobs` only when a worker asks for one. Raises WorkerError where a worker died, else what it
    raised. All workers have ended when this returns.
    """
    context = worker_context(["toolkit.scrape.worker"])
    shared = shared_turns(context)
    crew: dict[Connection[Any, Any], _Member] = {}
    try:
        for _ in range(workers):
            member = _Member(context, run, recipe, shared)
            crew[member.pipe] = member
        working = dict(crew)
        while working:
            for pipe in wait(list(working)):
                member = working[pipe]  # type: ignore[index]
                said = member.receive()
                if isinstance(said, Ready):
                    member.send(next(jobs, None))
                elif isinstance(said, Finished):
                    yield said
                elif said is None:
                    del working[member.pipe]
                else:
                    raise said
    finally:
        for member in crew.values():
            member.pipe.close()  # which tells it to end
        until = monotonic() + _SECONDS_TO_END
        for member in crew.values():
            member.stop(until)


class _Member:
    """One process and the pipe to it."""

    def __init__(
        self,
        context: ForkServerContext | SpawnContext,
        run: RunFolder,
        recipe: ScrapeRecipe,
        shared: SharedTurns,
    ) -> None:
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, run.path.absolute(), recipe, shared), daemon=True)
        self._process.start()
        theirs.close()

    def send(self, job: Job | None) -> None:
        try:
            self.pipe.send(job)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise self._death() from error

    def receive(self) -> Ready | Finished | Exception | None:
        try:
            return self.pipe.recv()  # type: ignore[no-any-return]
        except (EOFError, ConnectionResetError) as error:
            raise self._death() from error

    def stop(self, until: float) -> None:
        self._process.join(timeout=max(0.0, until - monotonic()))
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def _death(self) -> WorkerError:
        self._process.join(timeout=5)
        return worker_death(self._process.exitcode, "a lower --concurrency")
