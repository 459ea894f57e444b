"""robots.txt, after RFC 9309: read by protego, once a day for each scheme, host and port."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from itertools import islice
from typing import Protocol

from toolkit.errors import SourceError
from toolkit.sources.web.links import Fetch, Fetched
from toolkit.sources.web.manners.known import Answer, Known
from toolkit.sources.web.manners.settings import ALL_OBEYED, MannersSettings
from toolkit.sources.web.page_addresses import absolute, origin_of

LONGEST_ROBOTS = 500 << 10  # RFC 9309, section 2.5
UNREACHABLE = "cannot be read"
_UNREACHABLE_SECONDS = 600.0
_MOST_SITEMAPS = 1000


class Rules(Protocol):
    """What a robots.txt says."""

    def refusal(self, url: str, agent: str) -> str | None:
        """Return why `agent` may not read `url`; None where it may."""
        ...

    def sitemaps(self) -> list[str]:
        """Return the addresses of the sitemaps that it names, as written."""
        ...

    def delay(self, agent: str) -> float | None:
        """Return the seconds that `agent` is asked to wait between two requests; None where it is not."""
        ...


class Robots:
    """The robots.txt of every site that was asked for."""

    def __init__(self, settings: MannersSettings = ALL_OBEYED, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._known: Known[Rules] = Known(clock)

    async def refusal(self, url: str, fetch: Fetch) -> str | None:
        """Return why robots.txt forbids `url`; None where it does not, or `url` is no address."""
        rules = await self.rules(url, fetch)
        return None if rules is None else rules.refusal(url, self._settings.agent)

    async def sitemaps(self, url: str, fetch: Fetch) -> list[str]:
        """Return the addresses of the sitemaps that the robots.txt of the site of `url` names, at most 1,000."""
        rules = await self.rules(url, fetch)
        found = (absolute(url, one) for one in (rules.sitemaps() if rules else ()))
        return list(dict.fromkeys(one for one in found if one is not None))

    async def delay(self, url: str, fetch: Fetch) -> float | None:
        """Return the Crawl-delay of the site of `url` in seconds; None where robots.txt names none."""
        rules = await self.rules(url, fetch)
        return None if rules is None else rules.delay(self._settings.agent)

    async def rules(self, url: str, fetch: Fetch) -> Rules | None:
        """Return what robots.txt says for the site of `url`; None where `url` is no http(s) address."""
        origin = origin_of(url)
        if origin is None:
            return None
        address = _address(origin)

        async def ask() -> Answer[Rules]:
            fetched = await fetch(address)
            found = rules_of(fetched, address)
            is_lasting = not isinstance(found, _NotReadable)
            seconds = self._settings.most_seconds
            size = min(len(fetched.body), LONGEST_ROBOTS)
            return Answer(found, size, seconds if is_lasting else min(seconds, _UNREACHABLE_SECONDS))

        return await self._known.get(origin, ask)


def rules_of(fetched: Fetched, address: str) -> Rules:
    """Return the rules in the answer for the robots.txt at `address` (RFC 9309, section 2.3.1): those of a body with
    status 2xx, cut at 500 KiB; none for any other status below 500; nothing is allowed where the server failed, has
    no time (429), or could not be reached."""
    if fetched.error is not None or fetched.status >= 500 or fetched.status < 200 or fetched.status == 429:
        return _NotReadable(address, fetched.error or f"status {fetched.status}")
    if fetched.status >= 300:
        return _Silent()
    body = fetched.body[:LONGEST_ROBOTS]
    if len(fetched.body) > LONGEST_ROBOTS:
        body = body[: body.rfind(b"\n") + 1]
    return _Read(body.decode("utf-8-sig", "replace"), address)


class _Read:
    def __init__(self, text: str, address: str) -> None:
        try:
            from protego import Protego
        except ImportError as error:
            raise SourceError("obeying robots.txt needs protego; pip install 'tain[web]'") from error
        self._rules = Protego.parse(_VERSION.sub(r"\1", text))
        self._address = address

    def refusal(self, url: str, agent: str) -> str | None:
        try:
            may = self._rules.can_fetch(url, agent)
        except ValueError:  # an address that cannot be taken apart
            may = False
        return None if may else f"robots.txt disallows it for {agent} ({self._address})"

    def sitemaps(self) -> list[str]:
        return list(islice(self._rules.sitemaps, _MOST_SITEMAPS))

    def delay(self, agent: str) -> float | None:
        return self._rules.crawl_delay(agent)


_VERSION = re.compile(r"(?im)^([ \t]*user-agent[ \t]*:[ \t]*[a-z_-]+)/\S*")  # tain/1.0: as servers log it


class _Silent:
    def refusal(self, url: str, agent: str) -> str | None:
        return None

    def sitemaps(self) -> list[str]:
        return []

    def delay(self, agent: str) -> float | None:
        return None


class _NotReadable(_Silent):
    def __init__(self, address: str, why: str) -> None:
        self._said = f"robots.txt {UNREACHABLE}, which forbids everything ({address}: {why[:300]})"

    def refusal(self, url: str, agent: str) -> str | None:
        return self._said


def _address(origin: str) -> str:
    usual = ":443" if origin.startswith("https:") else ":80"
    return f"{origin.removesuffix(usual)}/robots.txt"
