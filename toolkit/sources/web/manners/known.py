"""Small files of sites (robots.txt, tdmrep.json), asked for once and known for a time, in bounded memory."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, NamedTuple, TypeVar

Value = TypeVar("Value")
_BYTES_KEPT = 8 << 20
_COST_OF_ONE = 1 << 10


class Answer(NamedTuple, Generic[Value]):
    """What was read, the bytes it was read from, and for how many seconds it holds."""

    value: Value
    size: int
    seconds: float


class _Held(NamedTuple, Generic[Value]):
    value: Value
    cost: int
    until: float


class Known(Generic[Value]):
    """What was read for each origin. However many ask at once, each origin is asked once; what was used longest ago is
    forgotten where all that is held was read from more than 8 MiB."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._held: OrderedDict[str, _Held[Value]] = OrderedDict()
        self._asked: dict[str, asyncio.Task[Value]] = {}
        self._cost = 0

    async def get(self, origin: str, ask: Callable[[], Awaitable[Answer[Value]]]) -> Value:
        """Return what is known of `origin`, by `ask` where nothing is, or where it is too old."""
        held = self._held.get(origin)
        if held is not None and self._clock() < held.until:
            self._held.move_to_end(origin)
            return held.value
        task = self._asked.get(origin)
        if task is None or task.get_loop() is not asyncio.get_running_loop():
            task = asyncio.create_task(self._read(origin, ask))
            self._asked[origin] = task
        return await asyncio.shield(task)  # one who stops waiting does not take the answer from the others

    async def _read(self, origin: str, ask: Callable[[], Awaitable[Answer[Value]]]) -> Value:
        try:
            answer = await ask()
        finally:
            self._asked.pop(origin, None)
        self._hold(origin, _Held(answer.value, answer.size + _COST_OF_ONE, self._clock() + answer.seconds))
        return answer.value

    def _hold(self, origin: str, held: _Held[Value]) -> None:
        before = self._held.pop(origin, None)
        self._cost += held.cost - (before.cost if before is not None else 0)
        self._held[origin] = held
        while self._cost > _BYTES_KEPT and len(self._held) > 1:
            _, oldest = self._held.popitem(last=False)
            self._cost -= oldest.cost
