"""A worker process: it asks the links of a few shards at once, and writes each shard once all of its links ended."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

from toolkit.engine.garbage import collect_seldom
from toolkit.engine.processes import do_without_pandas
from toolkit.images import Limits
from toolkit.scrape.jobs import Job
from toolkit.scrape.joined import manners_of
from toolkit.scrape.permission import Permission
from toolkit.scrape.recipe import ScrapeRecipe
from toolkit.scrape.rows import Asked
from toolkit.sources.web.fetcher import Answer, Fetcher, Wanted
from toolkit.sources.web.picture_openings import check_opening
from toolkit.sources.web.turns import SharedTurns, Turns
from toolkit.store import RunFolder

STAGE = "scrape"
MOST_OPEN = 8  # shards at once: the last slow links of one do not keep the others waiting
MOST_HELD = 192 << 20  # bytes of pictures in hand, beyond which only the oldest open shard asks on


class Finished(NamedTuple):
    """Shard `number` is in place, with its mark; it has so many `rows`."""

    number: int
    rows: int


class Ready(NamedTuple):
    """A worker takes another shard."""


@dataclass
class _Open:
    """A shard at work."""

    job: Job
    asked: list[Asked]
    answers: list[Answer | None]
    held: int = 0


class Worker:
    """What one process does until it is told that there are no more shards."""

    def __init__(self, pipe: Connection[Any, Any], run: RunFolder, recipe: ScrapeRecipe, shared: SharedTurns) -> None:
        self._pipe = pipe
        self._run = run
        self._recipe = recipe
        self._limits = Limits(max_bytes=recipe.max_bytes, max_pixels=recipe.max_pixels)
        turns = Turns(shared, recipe.per_host, recipe.delay)
        self._fetcher = Fetcher(recipe.fetching(), turns)
        self._permission = Permission(manners_of(recipe), self._fetcher.fetch, turns.slow_down)
        self._wanted = Wanted(self._permission.forbidden, self._permission.check, check_opening)
        self._open: dict[int, _Open] = {}
        self._held = 0
        self._freed = asyncio.Event()
        self._asking = False
        self._ended: asyncio.Future[None]

    async def work(self) -> None:
        """Ask and write until the other side says that there is no more, or hangs up. Raises what went wrong."""
        self._ended = asyncio.get_running_loop().create_future()
        async with self._fetcher:
            Thread(target=self._listen, args=(asyncio.get_running_loop(),), daemon=True).start()
            self._ask_for_more()
            await self._ended

    def _ask_for_more(self) -> None:
        if not self._asking and len(self._open) < MOST_OPEN and self._held < MOST_HELD:
            self._asking = True
            self._pipe.send(Ready())

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        """Pass on what comes through the pipe, until there is no more; a thread of its own does so."""
        job: Job | None = None
        try:
            while (job := self._pipe.recv()) is not None:
                loop.call_soon_threadsafe(self._begin, job)
            loop.call_soon_threadsafe(self._begin, None)
        except (EOFError, OSError, RuntimeError) as error:  # RuntimeError: the loop has ended
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._end, error)

    def _begin(self, job: Job | None) -> None:
        if job is None:
            asyncio.create_task(self._finish_all()).add_done_callback(self._watched)
        else:
            asyncio.create_task(self._shard(job)).add_done_callback(self._watched)

    def _end(self, error: BaseException | None) -> None:
        if self._ended.done():
            return
        if error is None:
            self._ended.set_result(None)
        else:
            self._ended.set_exception(error)

    def _watched(self, task: asyncio.Task[None]) -> None:
        """End the worker where `task`, which never should, ended in an exception."""
        if not task.cancelled() and task.exception() is not None:
            self._end(task.exception())

    async def _finish_all(self) -> None:
        while self._open:
            self._freed.clear()
            await self._freed.wait()
        self._end(None)

    async def _shard(self, job: Job) -> None:
        asked = await asyncio.to_thread(job.asked)
        shard = _Open(job, asked, [None] * len(asked))
        self._open[job.number] = shard
        self._asking = False
        self._ask_for_more()
        async with asyncio.TaskGroup() as group:
            for place, one in enumerate(asked):
                if one.error is None:
                    group.create_task(self._link(shard, place))
        table = await asyncio.to_thread(job.table, shard.asked, shard.answers, self._limits)
        await asyncio.to_thread(self._run.write_shard, "pairs", job.number, table)
        self._run.mark(STAGE, job.number)
        self._held -= shard.held
        del self._open[job.number]
        self._pipe.send(Finished(job.number, table.num_rows))
        self._freed.set()
        self._ask_for_more()

    async def _link(self, shard: _Open, place: int) -> None:
        while self._held > MOST_HELD and shard.job.number != min(self._open):
            self._freed.clear()
            await self._freed.wait()
        answer = await self._fetcher.ask(shard.asked[place].url, self._wanted)
        answer = answer._replace(fetched=self._permission.of_body(answer.fetched))
        shard.answers[place] = answer
        shard.held += len(answer.fetched.body)
        self._held += len(answer.fetched.body)


def serve(pipe: Connection[Any, Any], run: Path, recipe: ScrapeRecipe, shared: SharedTurns) -> None:
    """Work for the other side of `pipe`; the last that it is sent is None, or the exception that ended the work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    collect_seldom()
    do_without_pandas()
    end: Exception | None = None
    try:
        asyncio.run(Worker(pipe, RunFolder(run), recipe, shared).work())
    except (EOFError, ConnectionError):
        return
    except ExceptionGroup as group:
        end = group.exceptions[0]
    except Exception as error:
        end = error
    try:
        pipe.send(end)
    except ConnectionError:
        return
