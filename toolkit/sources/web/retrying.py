"""How long to wait before another try, and when a host is given up."""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC
from email.utils import parsedate_to_datetime
from time import monotonic, time

from toolkit.sources.web.failures import FetchFailure, may_heal

LONGEST_ASKED = 60.0  # seconds; a server that asks for more is not asked again in this run
_FIRST, _LONGEST = 0.5, 10.0
_MOST_HOSTS = 20_000
_LONGEST_PAUSE = 86_400.0


def seconds_asked(retry_after: str | None) -> float | None:
    """Return how many seconds a Retry-After header asks to wait (RFC 9110, 10.2.3); None where it says nothing."""
    text = (retry_after or "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        when = parsedate_to_datetime(text)
        return max(0.0, (when if when.tzinfo is not None else when.replace(tzinfo=UTC)).timestamp() - time())
    except (ValueError, TypeError, OverflowError):
        return None


def wait_before(attempt: int, failure: FetchFailure, left: float, chance: random.Random) -> float | None:
    """Return how many seconds to wait after `attempt` (from 1) ended in `failure`; None where no other try is due.

    Exponential backoff from half a second, at most ten, times a random factor in [0.5, 1.5); a Retry-After is kept to.
    No try is due where the failure does not heal, the server asks for more than a minute, or `left`, the seconds that
    the sample has, do not suffice.
    """
    if failure.lasting or not may_heal(str(failure)):
        return None
    backoff = min(_LONGEST, _FIRST * 2 ** (attempt - 1)) * (0.5 + chance.random())
    wait = backoff if failure.after is None else max(failure.after, backoff * (failure.after == 0))
    return None if wait > LONGEST_ASKED or wait >= left else wait


class GivenUp(FetchFailure):
    """A host that is not asked any more in this run."""


class Patience:
    """Counts failures of hosts that come one after another; after `most` of them a host is given up. One that asked for
    a longer pause than anybody waits is not asked before it is over."""

    def __init__(self, most: int | None, clock: Callable[[], float] = monotonic) -> None:
        self._most = most
        self._clock = clock
        self._failed: OrderedDict[str, tuple[int, str]] = OrderedDict()
        self._paused: OrderedDict[str, tuple[float, str]] = OrderedDict()

    def pause(self, host: str, failure: FetchFailure) -> None:
        """Ask `host` nothing for as long as it said with `failure`, a day at most."""
        until = self._clock() + min(failure.after or 0.0, _LONGEST_PAUSE)
        self._paused[host] = until, failure.kind
        self._paused.move_to_end(host)
        if len(self._paused) > _MOST_HOSTS:
            self._paused.popitem(last=False)

    def check(self, host: str) -> None:
        """Raise GivenUp, of the class of the last failure, where `host` was given up, or wants a pause."""
        if host in self._paused:
            until, kind = self._paused[host]
            if self._clock() < until:
                raise GivenUp(kind, f"not asked: {host} asked for a pause (Retry-After)", lasting=True)
            del self._paused[host]
        if self._most is None or host not in self._failed:
            return
        times, error = self._failed[host]
        if times >= self._most:
            kind, _, detail = error.partition(": ")
            raise GivenUp(kind, f"not asked: {host} failed {times} times in a row ({detail})", lasting=True)

    def succeeded(self, host: str) -> None:
        """Forget the failures of `host`."""
        if self._failed:
            self._failed.pop(host, None)

    def failed(self, host: str, failure: FetchFailure) -> None:
        """Count `failure` where it says something of the whole host: no answer, or that it is overburdened."""
        if (
            self._most is None
            or isinstance(failure, GivenUp)
            or failure.kind not in ("dns", "connect", "timeout", "http_429", "http_503")
        ):
            return
        times, _ = self._failed.pop(host, (0, ""))
        self._failed[host] = times + 1, str(failure)
        if len(self._failed) > _MOST_HOSTS:
            self._failed.popitem(last=False)
