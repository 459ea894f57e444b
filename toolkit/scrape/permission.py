"""Whether an address may be asked: a site that forbids, told from one whose robots.txt could not be had."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol
from urllib.parse import urlsplit

from yarl import URL

from toolkit.sources.web.failures import FetchFailure, class_of
from toolkit.sources.web.links import Fetch, Fetched

_MOST_SITES = 20_000


class Manners(Protocol):
    """What the owners of sites ask for."""

    async def refusal(self, url: str, fetch: Fetch) -> str | None:
        """Return why `url` must not be asked, with `fetch` for what must be looked up; None where it may."""
        ...

    async def delay(self, url: str, fetch: Fetch) -> float | None:
        """Return the seconds that should be between two requests to the site of `url`; None where nobody says so."""
        ...

    def refusal_of_answer(self, fetched: Fetched) -> str | None:
        """Return why what came must not be used; None where it may."""
        ...

    def refusal_of_file(self, data: bytes) -> str | None:
        """Return why the picture `data` must not be kept; None where it may."""
        ...


class Permission:
    """Asks `manners` of each address, with `fetch` for what they look up; `slow_down` is told of each host that asks
    for seconds between two requests.

    Where robots.txt cannot be had all is forbidden (RFC 9309, 2.3.1.4), but that may heal, which a refusal never does:
    it is a failure of its own class, `dns`, `timeout` or `http_503`.
    """

    def __init__(self, manners: Manners, fetch: Fetch, slow_down: Callable[[str, float], None]) -> None:
        self._manners = manners
        self._inner = fetch
        self._slow_down = slow_down
        self._unreached: OrderedDict[str, str] = OrderedDict()

    async def forbidden(self, url: str) -> str | None:
        """Return why `url` must not be asked; None where it may. Raises FetchFailure where nobody could be asked."""
        why = await self._manners.refusal(url, self.fetch)
        error = self._unreached.get(_site(url)) if why is not None else None
        if error is not None:
            kind, _, detail = error.partition(": ")
            raise FetchFailure(kind, f"{detail} (its robots.txt)", lasting=True)
        delay = await self._manners.delay(url, self.fetch) if why is None else None
        if delay:
            self._slow_down(URL(url).host or "", delay)
        return why

    def check(self, head: Fetched) -> None:
        """Raise FetchFailure where an answer is not 200, or says that it must not be used."""
        if head.status != 200:
            raise FetchFailure(f"http_{head.status}", "expected 200")
        why = self._manners.refusal_of_answer(head)
        if why is not None:
            raise FetchFailure("refused", why)

    def of_body(self, fetched: Fetched) -> Fetched:
        """Return an answer as it may be kept: without its body where that must not be, and why."""
        why = None if fetched.error is not None else self._manners.refusal_of_file(fetched.body)
        return fetched if why is None else fetched._replace(body=b"", error=f"refused: {why}")

    async def fetch(self, url: str) -> Fetched:
        """Return what is at `url`, and remember a robots.txt that cannot be had; for what manners look up."""
        answer = await self._inner(url)
        if urlsplit(url).path == "/robots.txt":
            self._remember(_site(url), answer)
        return answer

    def _remember(self, site: str, answer: Fetched) -> None:
        is_failing = answer.status >= 500 or answer.status == 429
        error = answer.error or (f"http_{answer.status}: expected 200" if is_failing else None)
        self._unreached.pop(site, None)
        if error is not None and class_of(error) != "address":
            self._unreached[site] = error
            if len(self._unreached) > _MOST_SITES:
                self._unreached.popitem(last=False)


def _site(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
