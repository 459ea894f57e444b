"""A walk over the pages of given sites, breadth first, never beyond them."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from toolkit.sources.web.links import Fetch, Fetched, ImageLink, failed_link
from toolkit.sources.web.manners import Manners
from toolkit.sources.web.page import read_page
from toolkit.sources.web.page_addresses import absolute, split
from toolkit.sources.web.sitemaps import is_sitemap, read_sitemap

_HTML = ("text/html", "application/xhtml+xml")
_NO_PAGES = (
    ".jpg",
    ".jpeg",
    ".png",
    ".gif",
    ".webp",
    ".avif",
    ".svg",
    ".pdf",
    ".zip",
    ".gz",
    ".mp4",
    ".mp3",
    ".css",
    ".js",
)
_MOST_SITEMAPS = 50
_MOST_WAITING = 100_000


class _Waiting(NamedTuple):
    url: str
    depth: int


@dataclass
class _Walk:
    """One site's walk: what waits, and what was seen."""

    host: str
    waiting: deque[_Waiting] = field(default_factory=deque)
    seen: set[str] = field(default_factory=set)

    def add(self, url: str, depth: int) -> None:
        """Let a page of this host wait, once, where fewer than 100,000 were seen."""
        parts = split(url)
        if parts is None or parts.hostname != self.host or (depth and parts.path.lower().endswith(_NO_PAGES)):
            return
        if url not in self.seen and len(self.seen) < _MOST_WAITING:
            self.seen.add(url)
            self.waiting.append(_Waiting(url, depth))


async def crawl(
    seeds: Sequence[str], depth: int, fetch: Fetch, manners: Manners | None = None, most_pages: int = 1000
) -> AsyncIterator[ImageLink]:
    """Yield the pictures that the pages of the sites of `seeds` name, each address once.

    A seed is a page, or a sitemap, whose pages then count as linked from it. From each seed it goes on over links to
    pages of the same host, as given, to `depth` links from it (0: the seeds alone), breadth first and in the order of
    the page; the sitemaps that robots.txt names come first, their pages as pages at depth 1. At most `most_pages` pages
    of each host are read. What `manners` refuse, what cannot be read and what is damaged is a link with an `error`;
    pictures that a page forbids carry their `refusal`. Pages wait for one another, so the order is always the same;
    `fetch` keeps the distance between requests. Raises ValueError for a negative `depth` or less than one page.
    """
    if depth < 0 or most_pages < 1:
        raise ValueError(f"depth must be at least 0 and most_pages at least 1; found {depth} and {most_pages}")
    manners = manners or Manners()
    pictures: set[str] = set()
    for walk, failures in _walks(seeds):
        for failure in failures:
            yield failure
        async for link in _of_site(walk, depth, fetch, manners, most_pages):
            if link.error is not None or link.url not in pictures:
                pictures.add(link.url)
                yield link


def _walks(seeds: Sequence[str]) -> list[tuple[_Walk, list[ImageLink]]]:
    """Return a walk for each host among `seeds`, in order, each with the seeds before it that are no addresses."""
    walks: dict[str, _Walk] = {}
    wrong: list[ImageLink] = []
    found: list[tuple[_Walk, list[ImageLink]]] = []
    for place, seed in enumerate(seeds):
        url = absolute(None, seed)
        parts = split(url) if url is not None else None
        if url is None or parts is None or parts.hostname is None:
            wrong.append(failed_link(f"seed#{place}", f"bad_address: the seed {seed[:200]!r} is no http(s) address"))
            continue
        if parts.hostname not in walks:
            walks[parts.hostname] = _Walk(parts.hostname)
            found.append((walks[parts.hostname], wrong))
            wrong = []
        walks[parts.hostname].add(url, 0)
    if wrong:
        found.append((_Walk(""), wrong))
    return found


async def _of_site(
    walk: _Walk, depth: int, fetch: Fetch, manners: Manners, most_pages: int
) -> AsyncIterator[ImageLink]:
    if walk.waiting and depth > 0 and manners.settings.robots:
        async for link in _of_sitemaps(walk, walk.waiting[0].url, fetch, manners):
            yield link
    for _ in range(most_pages):
        if not walk.waiting:
            break
        url, level = walk.waiting.popleft()
        fetched = await _answer(url, fetch, manners)
        if isinstance(fetched, ImageLink):
            yield fetched
            continue
        if level == 0 and is_sitemap(fetched.body):
            for link in _of_sitemap(walk, fetched, depth):
                yield link
            continue
        if fetched.headers.get("content-type", "text/html").partition(";")[0].strip().lower() not in _HTML:
            continue
        if (to := split(fetched.url)) is None or to.hostname != walk.host:
            yield failed_link(url, f"other_site: {url} leads to {fetched.url[:500]}, which no seed names", url)
            continue
        walk.seen.add(fetched.url)
        page = read_page(fetched.body, fetched.url, fetched.headers, manners.settings)
        for link in page.links:
            yield link._replace(key=f"{fetched.url}#{link.key}")
        if level < depth:
            for one in page.pages:
                walk.add(one, level + 1)


async def _of_sitemaps(walk: _Walk, seed: str, fetch: Fetch, manners: Manners) -> AsyncIterator[ImageLink]:
    """Yield the pictures of the sitemaps of a site; their pages wait from then on."""
    waiting = deque(await manners.robots.sitemaps(seed, fetch))
    seen: set[str] = set()
    while waiting and len(seen) < _MOST_SITEMAPS:
        url = waiting.popleft()
        parts = split(url)
        if url in seen or parts is None or parts.hostname != walk.host:
            continue
        seen.add(url)
        fetched = await _answer(url, fetch, manners)
        if isinstance(fetched, ImageLink):
            yield fetched
            continue
        found = read_sitemap(fetched.body, fetched.url)
        waiting.extend(found.sitemaps)
        for page in found.pages:
            walk.add(page, 1)
        for link in found.links:
            yield link._replace(key=f"{fetched.url}#{link.key}")


def _of_sitemap(walk: _Walk, fetched: Fetched, depth: int) -> list[ImageLink]:
    """Return the pictures of a sitemap that is a seed; the sitemaps that it names are seeds too, its pages wait where
    `depth` lets them."""
    found = read_sitemap(fetched.body, fetched.url)
    for one in found.sitemaps:
        walk.add(one, 0)
    for page in found.pages if depth > 0 else ():
        walk.add(page, 1)
    return [link._replace(key=f"{fetched.url}#{link.key}") for link in found.links]


async def _answer(url: str, fetch: Fetch, manners: Manners) -> Fetched | ImageLink:
    """Return what is at `url`, or a link with the error that says why there is nothing to read."""
    refusal = await manners.refusal(url, fetch)
    if refusal is not None:
        return failed_link(url, f"refused: {refusal}", url)
    fetched = await fetch(url)
    if fetched.error is not None:
        return failed_link(url, fetched.error, url)
    if not 200 <= fetched.status < 300:
        return failed_link(url, f"http_{fetched.status}: the page answered with status {fetched.status}", url)
    return fetched
