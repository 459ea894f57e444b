"""A walk over the pages of given sites, breadth first, never beyond them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import NamedTuple

from toolkit.sources.web.failures import class_of
from toolkit.sources.web.links import Fetch, Fetched, ImageLink, failed_link
from toolkit.sources.web.manners import Manners, MannersSettings
from toolkit.sources.web.page import read_page
from toolkit.sources.web.page_addresses import absolute, host_of
from toolkit.sources.web.site_walk import SiteWalk, Visit, Waiting, page_name, site_of
from toolkit.sources.web.sitemaps import is_sitemap, read_sitemap

_HTML = ("text/html", "application/xhtml+xml")
NOT_A_PAGE = "not_a_page"


class Asking(NamedTuple):
    """How a walk asks: `page` returns what is at an address, or the error that says why it must not be asked;
    `sitemaps` those that the robots.txt of its site names; `settings` are the manners in which pages are read."""

    page: Fetch
    sitemaps: Callable[[str], Awaitable[list[str]]]
    settings: MannersSettings


class Site(NamedTuple):
    """A site, and the addresses on it where a walk begins."""

    name: str
    seeds: list[str]


async def crawl(
    seeds: Sequence[str], depth: int, fetch: Fetch, manners: Manners | None = None, most_pages: int = 1000
) -> AsyncIterator[ImageLink]:
    """Yield the pictures that the pages of the sites of `seeds` name, of each site each address once.

    A seed is a page, or a sitemap, whose pages then count as linked from it. From each seed it goes on over links to
    pages of the same host, as given, to `depth` links from it (0: the seeds alone), breadth first and in the order of
    the page; a seed that leads to the same host with or without `www.` adds that one. The sitemaps that robots.txt
    names come first, their pages as pages at depth 1. At most `most_pages` pages of each site are read. What `manners`
    refuse, what cannot be read and what is damaged is a link with an `error` (`refused: ...`, `page: ...`); pictures
    that a page forbids carry their `refusal`. Pages wait for one another, so the order is always the same; `fetch`
    keeps the distance between requests. Raises ValueError for a negative `depth` or less than one page.
    """
    if depth < 0 or most_pages < 1:
        raise ValueError(f"depth must be at least 0 and most_pages at least 1; found {depth} and {most_pages}")
    asking = _asking(fetch, manners or Manners())
    sites, wrong = sites_of(seeds)
    for site in sites:
        pictures: set[str] = set()
        walk = walk_of(site, depth, most_pages)
        while (waiting := walk.next()) is not None:
            for link in walk.take(await visit(waiting, site.name, asking)).links:
                if link.error is not None or link.url not in pictures:
                    pictures.add(link.url)
                    yield link
    for link in wrong:
        yield link


def sites_of(seeds: Sequence[str]) -> tuple[list[Site], list[ImageLink]]:
    """Return the sites of `seeds` in order, and a link with an `error` for each that is no http(s) address."""
    sites: dict[str, Site] = {}
    wrong: list[ImageLink] = []
    for place, seed in enumerate(seeds):
        url = absolute(None, seed)
        host = host_of(url) if url is not None else None
        if url is None or host is None:
            wrong.append(failed_link(f"seed#{place}", f"bad_address: the seed {seed[:200]!r} is no http(s) address"))
            continue
        name = site_of(host)
        sites.setdefault(name, Site(name, [])).seeds.append(page_name(url))
    return list(sites.values()), wrong


def walk_of(site: Site, depth: int, most_pages: int) -> SiteWalk:
    """Return a walk that begins at the seeds of `site`."""
    walk = SiteWalk(site.name, depth, most_pages)
    walk.add_seeds(site.seeds)
    return walk


async def visit(waiting: Waiting, site: str, asking: Asking) -> Visit:
    """Return what came of asking for what is `waiting` on a walk over `site`."""
    url, depth, kind = waiting
    if kind == "robots":
        return Visit(url, depth, kind, url, [], [], await asking.sitemaps(url))
    fetched = await asking.page(url)
    if fetched.error is not None:
        passed_over = class_of(fetched.error) == NOT_A_PAGE and kind == "page" and depth > 0
        return _unread(waiting, [] if passed_over else [_failure(url, fetched.error)])
    if site_of(host_of(fetched.url) or "") != site:
        detail = f"other_site: {url[:500]} leads to {fetched.url[:500]}, which no seed names"
        return _unread(waiting, [_failure(url, detail)])
    return await asyncio.to_thread(_read, waiting, fetched, asking.settings)


def check_page(fetched: Fetched) -> str | None:
    """Return why an answer is no page, by its status and its content type, as `class: detail`; None where it may be
    one."""
    if not 200 <= fetched.status < 300:
        return f"http_{fetched.status}: the page answered with status {fetched.status}"
    kind = _content_type(fetched)
    if kind.startswith(("image/", "video/", "audio/", "font/")) or kind in ("application/pdf", "text/css"):
        return f"{NOT_A_PAGE}: the content type is {kind[:80]}"
    return None


def _read(waiting: Waiting, fetched: Fetched, settings: MannersSettings) -> Visit:
    """Return what the page or sitemap that came holds."""
    url, depth, kind = waiting
    if kind == "sitemap" or (depth == 0 and is_sitemap(fetched.body)):
        found = read_sitemap(fetched.body, fetched.url)
        links = [link._replace(key=f"{fetched.url}#sitemap#{place}") for place, link in enumerate(found.links)]
        return Visit(url, depth, kind, fetched.url, links, found.pages, found.sitemaps)
    if _content_type(fetched) not in _HTML:
        error = f"{NOT_A_PAGE}: the content type is {_content_type(fetched)[:80]}"
        return _unread(waiting, [] if depth else [_failure(url, error)])
    page = read_page(fetched.body, fetched.url, fetched.headers, settings)
    links = [link._replace(key=f"{fetched.url}#{link.key}") for link in page.links]
    return Visit(url, depth, kind, fetched.url, links, page.pages, [])


def _unread(waiting: Waiting, links: list[ImageLink]) -> Visit:
    return Visit(waiting.url, waiting.depth, waiting.kind, waiting.url, links, [], [], was_read=False)


def _failure(url: str, error: str) -> ImageLink:
    return failed_link(url, error if class_of(error) == "refused" else f"page: {error}", url)


def _content_type(fetched: Fetched) -> str:
    return fetched.headers.get("content-type", "text/html").partition(";")[0].strip().lower()


def _asking(fetch: Fetch, manners: Manners) -> Asking:
    async def page(url: str) -> Fetched:
        refusal = await manners.refusal(url, fetch)
        fetched = Fetched(url, 0, {}, b"", f"refused: {refusal}") if refusal is not None else await fetch(url)
        return fetched if fetched.error is not None else fetched._replace(error=check_page(fetched))

    async def sitemaps(url: str) -> list[str]:
        return await manners.robots.sitemaps(url, fetch) if manners.settings.robots else []

    return Asking(page, sitemaps, manners.settings)
