"""Asking an address: safe, bounded in time and bytes, polite to its host."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from time import monotonic
from types import TracebackType
from typing import NamedTuple

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from toolkit.sources.web.addresses import web_address
from toolkit.sources.web.answers import failure_of, headers_of, redirect_of
from toolkit.sources.web.bodies import ENCODINGS, Opening, read_body, read_start
from toolkit.sources.web.failures import FetchFailure
from toolkit.sources.web.links import NOTHING, Fetched
from toolkit.sources.web.resolving import CheckedResolver, checked_sockets
from toolkit.sources.web.retrying import Patience, seconds_asked, wait_before
from toolkit.sources.web.turns import Turns

KEEP_ALIVE = 15.0  # seconds that an idle connection stays open


class FetchSettings(NamedTuple):
    """Limits of one fetch: `timeout` seconds in all, `connect_timeout` until a connection stands, `read_timeout`
    between two pieces of an answer, `max_bytes` of a body, `redirects` and `retries`; `concurrency` fetches at once in
    this process; `give_up_after` so many failures in a row a host is not asked again (None: it always is)."""

    user_agent: str = "tain"
    timeout: float = 30.0
    connect_timeout: float = 10.0
    read_timeout: float = 10.0
    max_bytes: int = 16 << 20
    redirects: int = 5
    retries: int = 2
    concurrency: int = 128
    give_up_after: int | None = 50
    allow_private: bool = False


async def _nobody_forbids(url: str) -> str | None:
    return None


def _any_answer(head: Fetched) -> None:
    return


class Wanted(NamedTuple):
    """What an answer must be: `forbidden` is asked of each address before it is, and says why not, `head` is shown
    each last answer before its body is read, and `opening` the first bytes; the two raise FetchFailure. `first`: only
    so many bytes are read, whatever the limit; None: all, and more than the limit is a failure."""

    forbidden: Callable[[str], Awaitable[str | None]] = _nobody_forbids
    head: Callable[[Fetched], None] = _any_answer
    opening: Opening | None = None
    first: int | None = None


class Answer(NamedTuple):
    """What came, and at which `attempt` (from 1)."""

    fetched: Fetched
    attempts: int


ANYTHING = Wanted()
SMALL_FILE = 1 << 20  # bytes of a robots.txt and the like that are read


class Fetcher:
    """Asks addresses of the web, many at once; to be entered (`async with`) before.

    Names are looked up and checked by `CheckedResolver`, with `resolver` in place of c-ares where one is given, on
    each redirect again, and the connection made to the address that was checked. No cookies, no proxies, no passwords.
    """

    def __init__(self, settings: FetchSettings, turns: Turns, resolver: AbstractResolver | None = None) -> None:
        self._settings = settings
        self._turns = turns
        self._resolver = resolver
        self._at_once = asyncio.Semaphore(settings.concurrency)
        self._chance = random.Random()  # of waiting times only
        self._patience = Patience(settings.give_up_after)

    async def __aenter__(self) -> Fetcher:
        settings = self._settings
        connector = aiohttp.TCPConnector(
            limit=0,
            use_dns_cache=False,
            keepalive_timeout=KEEP_ALIVE,
            resolver=CheckedResolver(self._resolver or aiohttp.AsyncResolver(), allow_private=settings.allow_private),
            socket_factory=checked_sockets(settings.allow_private),
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            headers={"User-Agent": settings.user_agent, "Accept": "*/*", "Accept-Encoding": ENCODINGS},
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=settings.connect_timeout, sock_read=settings.read_timeout
            ),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def fetch(self, url: str) -> Fetched:
        """Return what the small file at `url` answers, of whatever status, the first MiB of it; `error` where no answer
        came. Never raises."""
        return (await self.ask(url, Wanted(first=SMALL_FILE))).fetched

    async def ask(self, url: str, wanted: Wanted = ANYTHING) -> Answer:
        """Return the answer to `url`, tried again where that may help. Never raises: `error` of the answer says what
        was wrong.

        The `timeout` of the settings is the whole time of it: looking up, connecting, redirects, other tries and the
        waiting between them. Outside of it are only the wait for a turn at the host, and what `wanted` asks.
        """
        clock = _Clock(self._settings.timeout)
        attempt = 0
        while True:
            attempt += 1
            try:
                return Answer(await self._follow(url, clock, wanted), attempt)
            except FetchFailure as failure:
                wait = wait_before(attempt, failure, clock.left, self._chance)
                if wait is None or attempt > self._settings.retries:
                    return Answer(Fetched(url, failure.status, NOTHING, b"", str(failure)), attempt)
            clock.left -= wait
            await asyncio.sleep(wait)

    async def _follow(self, url: str, clock: _Clock, wanted: Wanted) -> Fetched:
        """Return the answer at the end of the redirects from `url`. Raises FetchFailure."""
        address = web_address(url, allow_private=self._settings.allow_private)
        for _ in range(self._settings.redirects + 1):
            self._patience.check(address.host or "")
            why = await wanted.forbidden(str(address))
            if why is not None:
                raise FetchFailure("refused", why)
            answer = await self._in_turn(address, clock, wanted)
            if isinstance(answer, Fetched):
                return answer
            address = web_address(str(answer), allow_private=self._settings.allow_private)
        raise FetchFailure("redirects", f"more than {self._settings.redirects}")

    async def _in_turn(self, address: URL, clock: _Clock, wanted: Wanted) -> Fetched | URL:
        host = address.host or ""
        try:
            async with self._turns.at(host), self._at_once:
                self._patience.check(host)
                answer = await clock.run(self._once(address, wanted))
        except FetchFailure as failure:
            self._patience.failed(host, failure)
            if failure.after and failure.after <= self._settings.timeout:
                self._turns.hold(host, failure.after)
            elif failure.after:
                self._patience.pause(host, failure)
            raise
        self._patience.succeeded(host)
        return answer

    async def _once(self, address: URL, wanted: Wanted) -> Fetched | URL:
        """Return the answer of `address`, or where it redirects to. Raises FetchFailure."""
        try:
            async with self._session.get(address, allow_redirects=False) as response:
                further = redirect_of(response)
                if further is not None:
                    return further
                head = Fetched(str(address), response.status, headers_of(response), b"")
                try:
                    wanted.head(head)
                    if wanted.first is None:
                        body = await read_body(response, self._settings.max_bytes, wanted.opening)
                    else:
                        body = await read_start(response, wanted.first)
                except FetchFailure as failure:
                    failure.status = response.status
                    failure.after = seconds_asked(response.headers.get("Retry-After"))
                    raise
                return head._replace(body=body)
        except (aiohttp.ClientError, OSError, ValueError, asyncio.IncompleteReadError) as error:
            raise failure_of(error) from error


class _Clock:
    """The seconds that are `left` of the time for one address."""

    def __init__(self, seconds: float) -> None:
        self.left = seconds
        self._all = seconds

    async def run(self, work: Awaitable[Fetched | URL]) -> Fetched | URL:
        """Return what `work` does in the time that is left. Raises FetchFailure (timeout)."""
        began = monotonic()
        try:
            async with asyncio.timeout(max(0.001, self.left)):
                return await work
        except TimeoutError as error:
            raise FetchFailure("timeout", f"no whole answer within {self._all:g} s") from error
        finally:
            self.left -= monotonic() - began
