"""All that an owner may say, in the two questions that a downloader asks: before it reads, and of what it was sent."""

from __future__ import annotations

import time
from collections.abc import Callable

from toolkit.sources.web.links import Fetch, Fetched, ImageLink
from toolkit.sources.web.manners.directives import header_refusal
from toolkit.sources.web.manners.known import Answer, Known
from toolkit.sources.web.manners.opt_out import OptOut
from toolkit.sources.web.manners.robots import Robots
from toolkit.sources.web.manners.settings import ALL_OBEYED, MannersSettings
from toolkit.sources.web.manners.tdmrep import (
    WELL_KNOWN,
    Reservation,
    file_refusal,
    header_reservation,
    reservations_of,
)
from toolkit.sources.web.page_addresses import origin_of

LONGEST_DELAY = 30.0


class Manners:
    """What owners allow. A refusal is what stands behind "refused: " in the table: whose word it is, and where it
    stands. `clock` gives seconds.

    Raises RecipeError where an opt-out list cannot be read, SourceError (when first asked) where protego is missing.
    """

    def __init__(self, settings: MannersSettings = ALL_OBEYED, clock: Callable[[], float] = time.monotonic) -> None:
        self.settings = settings
        self.robots = Robots(settings, clock)
        self._opt_out = OptOut(settings)
        self._reservations: Known[list[Reservation]] = Known(clock)

    async def refusal(self, url: str, fetch: Fetch) -> str | None:
        """Return why `url` may not be read, by opt-out lists, robots.txt and tdmrep.json; None where it may.

        To be asked again for an address that an answer redirects to. `fetch` reads the two files; it asks nobody.
        """
        found = self._opt_out.refusal(url)
        if found is None and self.settings.robots:
            found = await self.robots.refusal(url, fetch)
        if found is None and self.settings.tdmrep:
            found = file_refusal(await self._rules(url, fetch), url)
        return found

    async def delay(self, url: str, fetch: Fetch) -> float | None:
        """Return the seconds that robots.txt asks for between two requests to the site of `url`, at most 30; None where
        it asks for none."""
        if not (self.settings.robots and self.settings.crawl_delay):
            return None
        delay = await self.robots.delay(url, fetch)
        return None if not delay else min(delay, LONGEST_DELAY)

    async def refusal_of_link(self, link: ImageLink, fetch: Fetch) -> str | None:
        """Return why a picture may not be read: what its page said, an opt-out of its page, then as `refusal`."""
        if link.refusal is None and link.page_url and (page := self.refusal_of_page(link.page_url)) is not None:
            return page
        return link.refusal or await self.refusal(link.url, fetch)

    def refusal_of_page(self, url: str) -> str | None:
        """Return why pictures of the page at `url` may not be read, by opt-out lists; None where they may."""
        found = self._opt_out.refusal(url)
        return None if found is None else f"of its page, {found}"

    def refusal_of_answer(self, fetched: Fetched) -> str | None:
        """Return why what was sent may not be used, by its headers, the address that it came from in the end, and the
        hash of its body, where that was read; None where it may. An answer with an error refuses nothing."""
        if fetched.error is not None:
            return None
        found = header_refusal(fetched.headers, self.settings)
        if found is None and self.settings.tdmrep:
            found = header_reservation(fetched.headers)
        if found is None:
            found = self._opt_out.refusal(fetched.url)
        return self.refusal_of_file(fetched.body) if found is None and fetched.body else found

    def refusal_of_file(self, data: bytes) -> str | None:
        """Return why the picture `data` may not be used, by the opt-out lists of hashes; None where it may."""
        return self._opt_out.refusal_of_file(data)

    async def _rules(self, url: str, fetch: Fetch) -> list[Reservation]:
        origin = origin_of(url)
        if origin is None:
            return []
        usual = ":443" if origin.startswith("https:") else ":80"
        address = f"{origin.removesuffix(usual)}{WELL_KNOWN}"

        async def ask() -> Answer[list[Reservation]]:
            fetched = await fetch(address)
            is_there = fetched.error is None and 200 <= fetched.status < 300
            rules = reservations_of(fetched.body[:_LONGEST]) if is_there else []
            return Answer(rules, min(len(fetched.body), _LONGEST) if is_there else 0, self.settings.most_seconds)

        return await self._reservations.get(origin, ask)


_LONGEST = 500 << 10
