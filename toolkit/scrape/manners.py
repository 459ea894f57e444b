"""What a site asks of those who come by themselves: robots.txt, and the X-Robots-Tag of an answer."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from toolkit.sources.web.links import Fetch, Fetched

_MOST_SITES = 5_000
_FORBIDDING = ("noai", "noimageai", "noindex", "none")


class Manners:
    """Asks robots.txt of each site once, and obeys (RFC 9309: no file allows all, a server in trouble nothing)."""

    def __init__(self, agent: str) -> None:
        self._agent = agent
        self._sites: OrderedDict[str, asyncio.Task[RobotFileParser]] = OrderedDict()

    async def refusal(self, url: str, fetch: Fetch) -> str | None:
        """Return why `url` must not be asked; None where it may."""
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        if site not in self._sites:
            self._sites[site] = asyncio.create_task(_robots_of(site, fetch))
            if len(self._sites) > _MOST_SITES:
                self._sites.popitem(last=False)
        rules = await asyncio.shield(self._sites[site])
        return None if rules.can_fetch(self._agent, url) else f"robots.txt of {parts.netloc} forbids it"

    def refusal_of_answer(self, fetched: Fetched) -> str | None:
        """Return why what came must not be used; None where it may."""
        said = fetched.headers.get("x-robots-tag", "").lower()
        found = [one for one in _FORBIDDING if one in {part.strip() for part in said.split(",")}]
        return f"{found[0]} in X-Robots-Tag" if found else None


async def _robots_of(site: str, fetch: Fetch) -> RobotFileParser:
    rules = RobotFileParser()
    answer = await fetch(f"{site}/robots.txt")
    if answer.status == 200 and answer.error is None:
        rules.parse(answer.body.decode("utf-8", "replace").splitlines())
    elif 400 <= answer.status < 500:
        rules.allow_all = True  # type: ignore[attr-defined]
    else:
        rules.disallow_all = True  # type: ignore[attr-defined]
    rules.modified()
    return rules
