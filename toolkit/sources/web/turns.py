"""When a host may be asked next: so many connections at once, so long between them, whatever process asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, MutableSequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from multiprocessing.context import BaseContext
from time import monotonic
from typing import Any, NamedTuple
from zlib import crc32

PLACES = 1 << 16  # hosts that fall on one place share its turns: more polite, never less
_LOOK_AGAIN = 0.01  # seconds, where another process holds the turns


class SharedTurns(NamedTuple):
    """What all processes write to under one `lock`: by place the turns that are `taken`, and when the `next` may be."""

    lock: AbstractContextManager[Any]
    taken: MutableSequence[int]
    next: MutableSequence[float]


def shared_turns(context: BaseContext | None) -> SharedTurns:
    """Return turns for processes that `context` starts; None: for this process alone."""
    if context is None:
        return SharedTurns(nullcontext(), [0] * PLACES, [0.0] * PLACES)
    return SharedTurns(context.Lock(), context.Array("i", PLACES, lock=False), context.Array("d", PLACES, lock=False))


@dataclass
class _Line:
    """Those of this process who wait for one host: the first of them asks."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    freed: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: int = 0


class Turns:
    """Turns at hosts: at most `per_host` at once, and `delay` seconds from the start of one to that of the next."""

    def __init__(self, shared: SharedTurns, per_host: int, delay: float) -> None:
        self._shared = shared
        self._per_host = per_host
        self._delay = delay
        self._lines: dict[int, _Line] = {}
        self._delays: dict[int, float] = {}

    @asynccontextmanager
    async def at(self, host: str) -> AsyncIterator[None]:
        """Wait for a turn at `host` and hold it for the block."""
        place = crc32(host.encode()) % PLACES
        if place in self._lines or self._wait_of(place) is not None:
            await self._stand_in_line(place)
        try:
            yield
        finally:
            with self._shared.lock:
                self._shared.taken[place] -= 1
            if place in self._lines:
                self._lines[place].freed.set()

    def slow_down(self, host: str, delay: float) -> None:
        """Let at least `delay` seconds be from one start to the next at `host`, as far as this process asks."""
        self._delays[crc32(host.encode()) % PLACES] = delay

    def hold(self, host: str, seconds: float) -> None:
        """Ask `host` nothing more for `seconds`, since it said so."""
        place = crc32(host.encode()) % PLACES
        with self._shared.lock:
            self._shared.next[place] = max(self._shared.next[place], monotonic() + seconds)

    def _wait_of(self, place: int) -> float | None:
        """Take a turn and return None, or return how many seconds to wait before asking again."""
        lock, taken, following = self._shared
        now = monotonic()
        with lock:
            if taken[place] >= self._per_host:
                return _LOOK_AGAIN
            if following[place] > now:
                return following[place] - now
            taken[place] += 1
            delay = max(self._delay, self._delays.get(place, 0.0))
            if delay:
                following[place] = now + delay
        return None

    async def _stand_in_line(self, place: int) -> None:
        line = self._lines.setdefault(place, _Line())
        line.waiting += 1
        try:
            async with line.lock:
                while (wait := self._wait_of(place)) is not None:
                    line.freed.clear()
                    with suppress(TimeoutError):  # then its time has come: it is looked at again
                        async with asyncio.timeout(wait):
                            await line.freed.wait()
        finally:
            line.waiting -= 1
            if not line.waiting:
                del self._lines[place]
