"""Sitemaps (sitemaps.org, version 0.9) with Google's extension for images, as XML or text, also gzipped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from toolkit.errors import SourceError
from toolkit.sources.web.compressed import is_gzip, unpacked
from toolkit.sources.web.links import ImageLink, failed_link
from toolkit.sources.web.page import squeezed
from toolkit.sources.web.page_addresses import absolute
from toolkit.sources.web.page_events import LONGEST_WORDS

LARGEST_SITEMAP = 50 << 20  # sitemaps.org: 50 MB unpacked
MOST_ENTRIES = 50_000
_AT_ONCE = 1 << 16
_IMAGE = "{http://www.google.com/schemas/sitemap-image/1.1}"
_IMAGE_PARTS = ("loc", "caption", "title", "license")


class Sitemap(NamedTuple):
    """What a sitemap holds: pictures, the addresses of pages, those of further sitemaps; a link with an `error` among
    the pictures says that it could not be read to its end."""

    links: list[ImageLink]
    pages: list[str]
    sitemaps: list[str]


def links_of_sitemap(body: bytes, url: str | None = None) -> list[ImageLink]:
    """Return the pictures that the sitemap at `url` names (image:image), with caption and title as their words."""
    return read_sitemap(body, url).links


def links_of_sitemap_file(path: Path) -> Iterator[ImageLink]:
    """Yield the pictures that a sitemap in a file names, gzipped or not. Raises SourceError where it cannot be read."""
    try:
        body = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}); give a sitemap") from error
    for place, link in enumerate(links_of_sitemap(body)):
        yield link._replace(key=f"#{place}")


def read_sitemap(body: bytes, url: str | None = None) -> Sitemap:
    """Return what the sitemap at `url` holds, gzipped or not, at most 50 MB and 50,000 entries of each kind.

    Never raises for what it holds: damaged or cut off it gives what there is, and a link with an `error`. SourceError
    where lxml is not installed.
    """
    error = None
    if is_gzip(body):
        body, error = unpacked(body, "gzip", LARGEST_SITEMAP)
    body = body[:LARGEST_SITEMAP]
    start = body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    found = _of_text(body, url) if start and not start.startswith(b"<") else _of_xml(body, url)
    if error is not None:
        found.links.append(failed_link("sitemap", f"truncated: {error} (sitemap {url})", url))
    return found


def is_sitemap(body: bytes) -> bool:
    """Return whether `body` begins as a sitemap of XML does, gzipped or not."""
    start = unpacked(body[:65536], "gzip", 4096).data if is_gzip(body) else body[:4096]
    return b"<urlset" in start or b"<sitemapindex" in start


def _of_text(body: bytes, url: str | None) -> Sitemap:
    lines = body.decode("utf-8-sig", "replace").splitlines()[:MOST_ENTRIES]
    return Sitemap([], [one for one in (absolute(None, line) for line in lines) if one is not None], [])


def _of_xml(body: bytes, url: str | None) -> Sitemap:
    from toolkit.sources.web.parsers import xml_parser

    events = _Events(url)
    parser, failures = xml_parser(events)
    error = None
    try:
        for start in range(0, len(body), _AT_ONCE):
            parser.feed(body[start : start + _AT_ONCE])
        parser.close()
    except failures as failure:
        error = " ".join(str(failure).split())[:300]
    if error is None and not events.is_complete:
        error = "it is no sitemap, or does not come to its end"
    if error is not None:
        events.found.links.append(failed_link("sitemap", f"bad_sitemap: {error} (sitemap {url})", url))
    return events.found


class _Events:
    """Takes in the elements of a sitemap, without a tree."""

    def __init__(self, url: str | None) -> None:
        self.found = Sitemap([], [], [])
        self.is_complete = False
        self._url = url
        self._text: list[str] | None = None
        self._page: str | None = None
        self._image: dict[str, str] | None = None
        self._images: list[dict[str, str]] = []
        self._depth = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = _local(tag)
        self._depth += 1
        if name in ("url", "sitemap"):
            self._page, self._images = None, []
        elif tag == f"{_IMAGE}image":
            self._image = {}
        elif name in _IMAGE_PARTS:
            self._text = []

    def data(self, text: str) -> None:
        if self._text is not None and len(self._text) < LONGEST_WORDS:
            self._text.append(text[:LONGEST_WORDS])

    def end(self, tag: str) -> None:
        name = _local(tag)
        self._depth -= 1
        text, self._text = squeezed("".join(self._text or ())), None
        if tag.startswith(_IMAGE):
            self._end_of_image(name, text)
        elif name == "loc":
            self._page = absolute(self._url, text)
        elif name == "sitemap" and self._page and len(self.found.sitemaps) < MOST_ENTRIES:
            self.found.sitemaps.append(self._page)
        elif name == "url":
            if self._page and len(self.found.pages) < MOST_ENTRIES:
                self.found.pages.append(self._page)
            self._take_images()
        elif name in ("urlset", "sitemapindex") and self._depth == 0:
            self.is_complete = True

    def close(self) -> None:
        self._take_images()  # of an entry that is cut off

    def _end_of_image(self, name: str, text: str) -> None:
        if name == "image":
            if self._image and len(self._images) < 1000:
                self._images.append(self._image)
            self._image = None
        elif self._image is not None and name in _IMAGE_PARTS and text:
            self._image.setdefault(name, text)

    def _take_images(self) -> None:
        links = self.found.links
        for image in self._images:
            url = absolute(self._url, image.get("loc", ""))
            if url is None or len(links) >= MOST_ENTRIES:
                continue
            words = {
                name: image[part] for name, part in (("figcaption", "caption"), ("title", "title")) if part in image
            }
            source = next(iter(words), "")
            license_ = absolute(self._url, image["license"]) if "license" in image else None
            links.append(ImageLink(
                url, words.get(source, ""), source, self._page, words, license=license_, key=f"sitemap#{len(links)}"
            ))  # fmt: skip
        self._images = []


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
