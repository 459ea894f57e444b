"""A page of HTML to the pictures that it names, the words beside them, and what it forbids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from toolkit.sources.web.charset import decoded
from toolkit.sources.web.links import NOTHING, ImageLink, failed_link
from toolkit.sources.web.manners.directives import directives_of, directives_of_metas, header_refusal, meta_refusal
from toolkit.sources.web.manners.settings import ALL_OBEYED, MannersSettings
from toolkit.sources.web.manners.tdmrep import header_reservation, meta_reservation
from toolkit.sources.web.page_addresses import absolute
from toolkit.sources.web.page_events import LARGEST_PAGE, LONGEST_WORDS, Figure, PageEvents, SeenPicture, events_of
from toolkit.sources.web.srcset import candidates, largest

CAPTION_ORDER = ("alt", "figcaption", "title", "heading")
_SRCSETS = ("srcset", "data-srcset", "data-lazy-srcset")
_LAZY = ("data-src", "data-lazy-src", "data-original", "data-lazy", "data-orig-file", "data-image", "data-hi-res-src")
_MOST_CHARACTERS = 16_000_000
_LONGEST_LANGUAGE = 35  # RFC 5646, section 4.4.1


class Page(NamedTuple):
    """What a page holds: its pictures, the pages that it links to (without those of rel=nofollow), its own address as
    it gives it, and why it forbids its use, None where it does not."""

    links: list[ImageLink]
    pages: list[str]
    url: str | None
    refusal: str | None


def links_of_page(
    html: bytes,
    page_url: str | None,
    headers: Mapping[str, str] = NOTHING,
    settings: MannersSettings = ALL_OBEYED,
) -> list[ImageLink]:
    """Return the pictures that a page names, in order, each address once.

    `page_url` is where the page was found; None takes what it says of itself (<base>, rel=canonical). `headers` are
    those it was sent with, names in lower case. Of `srcset`, <picture> and lazy attributes the largest picture is
    taken. What the page or an element forbids is the `refusal` of its links. Pictures within the page (data: URIs) have
    no address and are passed over; a relative address with nothing to complete it is a link with an `error`. At most
    4 MiB of a page, 10,000 pictures and 16 million characters of addresses and words are read: a long heading or base
    counts for each picture. Never raises for what a page holds; SourceError where lxml is missing.
    """
    return _read(html, page_url, headers, settings).links


def read_page(
    html: bytes,
    page_url: str | None,
    headers: Mapping[str, str] = NOTHING,
    settings: MannersSettings = ALL_OBEYED,
) -> Page:
    """Return what `links_of_page` does, and the pages that a page links to."""
    seen = _read(html, page_url, headers, settings)
    return Page(seen.links, _pages(seen.events, seen.base, headers, settings), seen.url, seen.refusal)


class _Read(NamedTuple):
    events: PageEvents
    base: str | None
    url: str | None
    links: list[ImageLink]
    refusal: str | None


def _read(html: bytes, page_url: str | None, headers: Mapping[str, str], settings: MannersSettings) -> _Read:
    text = decoded(html[:LARGEST_PAGE], headers.get("content-type", ""))
    events = events_of(text, frozenset(settings.directives) if settings.marks else frozenset())
    url = page_url or absolute(absolute(None, events.base or ""), events.canonical or "")
    base = (absolute(url, events.base) if events.base else None) or url  # one that is no address is as none
    url = url or base
    refusal = page_refusal(events.metas, headers, settings)
    links = _Links(events, base, url, _language(events.metas, headers), refusal).all()
    return _Read(events, base, url, links, refusal)


def page_refusal(
    metas: Iterable[Mapping[str, str]], headers: Mapping[str, str], settings: MannersSettings
) -> str | None:
    """Return why a page forbids the use of its pictures, in words (the page says noai in ...); None where not."""
    metas = list(metas)
    found = header_refusal(headers, settings) or meta_refusal(metas, settings)
    if found is None and settings.tdmrep:
        found = header_reservation(headers) or meta_reservation(metas)
    return None if found is None else f"the page says {found}"


class _Links:
    """Turns what was seen on a page into links."""

    def __init__(
        self, events: PageEvents, base: str | None, url: str | None, language: str | None, refusal: str | None
    ) -> None:
        self._events, self._base, self._url = events, base, url
        self._language, self._refusal = language, refusal
        self._license = absolute(base, events.license) if events.license else None
        self._headings = _resolved_headings(events.headings)

    def all(self) -> list[ImageLink]:
        """Return each address once, with the words of its first place, completed by those of later ones."""
        found: dict[str, ImageLink] = {}
        characters = 0
        for place, seen in enumerate(self._events.pictures):
            link = self._link(str(place), seen)
            if link is None:
                continue
            characters += len(link.url) + len(link.page_url or "") + len(link.license or "") + len(link.caption)
            characters += sum(map(len, link.words.values()))
            if characters > _MOST_CHARACTERS:
                break
            name = link.url or f"#{place}"
            found[name] = _joined(found[name], link) if name in found else link
        return list(found.values())

    def _link(self, key: str, seen: SeenPicture) -> ImageLink | None:
        written = _written(seen)
        found = (absolute(self._base, each) for each in written)
        url = next((one for one in found if one is not None and one != self._url), None)  # src="#" stands for none
        if url is None:
            relative = [each for each in written if ":" not in each.split("/")[0]] if self._base is None else []
            if not relative:
                return None  # a data: URI, or no address at all
            detail = f"{relative[0][:200]!r} is relative, and the page says neither rel=canonical nor <base>"
            return failed_link(key, f"relative_address: {detail}")
        words = self._words(seen)
        source = next((one for one in CAPTION_ORDER if one in words), "")
        refusal = self._refusal
        if refusal is None and seen.marks:
            refusal = f"its element is marked {min(seen.marks)}"
        language = self._language if seen.language is None else seen.language.strip()[:_LONGEST_LANGUAGE] or None
        return ImageLink(
            url, words.get(source, ""), source, self._url, words, language, self._license_of(seen), refusal, key
        )

    def _words(self, seen: SeenPicture) -> dict[str, str]:
        words = {
            "alt": squeezed(seen.attributes.get("alt", "")),
            "figcaption": _caption_of(seen.figure),
            "title": squeezed(seen.attributes.get("title", "")),
            "heading": self._headings[seen.heading] if seen.heading >= 0 else "",
        }
        return {name: text for name, text in words.items() if text}

    def _license_of(self, seen: SeenPicture) -> str | None:
        figure = seen.figure
        for _ in range(_DEEPEST):
            if figure is None:
                break
            if figure.license is not None:
                return absolute(self._base, figure.license)
            figure = figure.around
        return self._license


_DEEPEST = 64


def squeezed(text: str) -> str:
    """Return `text` with each run of white space as one space, none outside, at most 10,000 characters."""
    return " ".join(text[: 4 * LONGEST_WORDS].split())[:LONGEST_WORDS]


def _written(seen: SeenPicture) -> list[str]:
    """Return the addresses of a picture as written, the largest first: by srcsets, lazy attributes, src."""
    attributes = seen.attributes
    listed = [one for name in _SRCSETS if attributes.get(name) for one in candidates(attributes[name])]
    best = [one.url for one in largest([*listed, *seen.sources])]
    rest = [attributes[one] for one in (*_LAZY, "src") if attributes.get(one)]
    return [*best, *(one for one in rest if one.lstrip()[:1] not in ("{", "["))]  # settings of scripts


def _caption_of(figure: Figure | None) -> str:
    for _ in range(_DEEPEST):
        if figure is None:
            break
        text = squeezed("".join(figure.caption))
        if text:
            return text
        figure = figure.around
    return ""


def _resolved_headings(headings: list[list[str]]) -> list[str]:
    """Return the text of each heading; of an empty one, that of the last before it."""
    resolved: list[str] = []
    for words in headings:
        text = squeezed("".join(words))
        resolved.append(text or (resolved[-1] if resolved else ""))
    return resolved


def _joined(first: ImageLink, later: ImageLink) -> ImageLink:
    words = {**later.words, **first.words}
    source = next((one for one in CAPTION_ORDER if one in words), "")
    return first._replace(
        words=words, caption=words.get(source, ""), caption_from=source, refusal=first.refusal or later.refusal
    )


def _language(metas: Iterable[Mapping[str, str]], headers: Mapping[str, str]) -> str | None:
    """Return the language that holds where no element says one: that of a <meta>, else of the header, if it is one."""
    said = [one.get("content", "") for one in metas if one.get("http-equiv", "").strip().lower() == "content-language"]
    for text in (*said, headers.get("content-language", "")):
        if text.strip() and "," not in text:
            return text.strip()[:_LONGEST_LANGUAGE]
    return None


def _pages(events: PageEvents, base: str | None, headers: Mapping[str, str], settings: MannersSettings) -> list[str]:
    said = directives_of([headers.get("x-robots-tag", "")], settings.agent) if settings.x_robots_tag else {}
    if settings.meta:
        said = {**said, **directives_of_metas(events.metas, settings.agent)}
    if "nofollow" in said:
        return []
    found = (absolute(base, address) for address, kinds in events.pages if "nofollow" not in kinds)
    return list(dict.fromkeys(one for one in found if one is not None))
