"""The order in which the pages of one site are read: breadth first, never beyond it, the same every time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from toolkit.sources.web.links import ImageLink
from toolkit.sources.web.page_addresses import host_of, split

MOST_SITEMAPS = 50
_NO_PAGES = (
    ".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".svg", ".pdf", ".zip", ".gz", ".mp4", ".mp3", ".css", ".js",
)  # fmt: skip
Kind = Literal["robots", "sitemap", "page"]


class Waiting(NamedTuple):
    """What is asked next: an address, how many links from a seed it is, and what is expected there ("robots": the
    sitemaps that the robots.txt of its site names)."""

    url: str
    depth: int
    kind: Kind = "page"


class Visit(NamedTuple):
    """What came of asking `url`: where the answer came from in the end, the pictures that it names (or one link with
    the `error` that says why there is nothing), the pages and sitemaps that it leads on to, whether there was something
    to read, and whether it led to more pages than may be read. It survives being written as JSON: see `visit_of`."""

    url: str
    depth: int
    kind: Kind
    answered: str
    links: list[ImageLink]
    pages: list[str]
    sitemaps: list[str]
    was_read: bool = True
    was_cut: bool = False


def visit_of(values: list[object]) -> Visit:
    """Return the visit that was written as the JSON list `values`. Raises TypeError where it is none."""
    visit = Visit(*values)  # type: ignore[arg-type]
    return visit._replace(links=[ImageLink(*one) for one in visit.links])


def site_of(host: str) -> str:
    """Return what hosts of one site have in common: the name without `www.` before it."""
    return host.removeprefix("www.")


def page_name(url: str) -> str:
    """Return an address as pages are told apart: scheme and host in lower case and ASCII, without the usual port, the
    path "/" where there is none."""
    parts, host = split(url), host_of(url)
    if parts is None or host is None:
        return url
    usual = 443 if parts.scheme == "https" else 80
    netloc = host if parts.port in (None, usual) else f"{host}:{parts.port}"
    return parts._replace(netloc=netloc, path=parts.path or "/", fragment="").geturl()


@dataclass
class SiteWalk:
    """One walk over `site`, as far as `depth` links from its seeds and `most_pages` pages; `was_cut` where there were
    more seeds than that.

    Sitemaps come before pages. What is given to `take` in the order of `next` determines the rest: a walk that was cut
    off goes on where its visits are taken again. No more than `most_pages` addresses wait or are remembered.
    """

    site: str
    depth: int
    most_pages: int
    was_cut: bool = False
    _hosts: set[str] = field(default_factory=set)
    _seen: set[str] = field(default_factory=set)
    _pages: deque[Waiting] = field(default_factory=deque)
    _sitemaps: deque[Waiting] = field(default_factory=deque)
    _begun: int = 0
    _sitemaps_seen: int = 0

    def add_seeds(self, urls: Iterable[str]) -> None:
        """Let the addresses where the walk begins wait; pages of their hosts are pages of the site."""
        for url in urls:
            host = host_of(url)
            if host is not None:
                self._hosts.add(host)
                self._wait(url, 0)
        if self._pages and self.depth > 0:
            self._sitemaps.append(Waiting(self._pages[0].url, 0, "robots"))

    def next(self) -> Waiting | None:
        """Return what is to be asked next; None at the end."""
        if self._sitemaps:
            return self._sitemaps.popleft()
        return self._pages.popleft() if self._pages else None

    def take(self, visit: Visit) -> Visit:
        """Take in what came; return it with only those pages and sitemaps that wait from now on, and without anything
        where it led to a page that waits or was read."""
        answered = page_name(visit.answered)
        if answered != page_name(visit.url):
            if answered in self._seen:
                return visit._replace(links=[], pages=[], sitemaps=[])
            self._seen.add(answered)
            host = host_of(visit.answered)
            if visit.was_read and visit.depth == 0 and host is not None:
                self._hosts.add(host)
        pages = [one for one in visit.pages if visit.depth < self.depth and self._wait(one, visit.depth + 1)]
        sitemaps = [one for one in visit.sitemaps if self._wait_as_sitemap(visit, one)]
        return visit._replace(pages=pages, sitemaps=sitemaps, was_cut=self.was_cut or visit.was_cut)

    def _wait(self, url: str, depth: int) -> bool:
        """Let a page of this site wait, once; return whether it does."""
        parts, name = split(url), page_name(url)
        if parts is None or host_of(url) not in self._hosts:
            return False
        if name in self._seen or (depth and parts.path.lower().endswith(_NO_PAGES)):
            return False
        if self._begun >= self.most_pages:
            self.was_cut = True
            return False
        self._begun += 1
        self._seen.add(name)
        self._pages.append(Waiting(url, depth))
        return True

    def _wait_as_sitemap(self, visit: Visit, url: str) -> bool:
        """Let a sitemap of this site wait: one that robots.txt leads to, else as a seed is that names it."""
        if visit.kind == "page":
            return self._wait(url, 0)
        name = page_name(url)
        if host_of(url) not in self._hosts or name in self._seen:
            return False
        if self._sitemaps_seen >= MOST_SITEMAPS:
            return False
        self._sitemaps_seen += 1
        self._seen.add(name)
        self._sitemaps.append(Waiting(url, 0, "sitemap"))
        return True
