"""One pass over a page's elements, without a tree: what it says of its pictures, in bounded time and memory."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from toolkit.sources.web.srcset import Candidate, candidates, largest

LARGEST_PAGE = 4 << 20
MOST_PICTURES = 10_000
MOST_PAGES = 10_000
LONGEST_WORDS = 10_000
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_PICTURES = frozenset(("img", "amp-img"))
_UNREAD = frozenset(("script", "style", "template"))
_WITHIN_A_LINE = frozenset((
    "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd",
    "label", "mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
))  # fmt: skip
_AT_ONCE = 1 << 16
_DEEPEST = 20_000
_MOST_WORK = 200_000_000  # closing tags times the depth that the parser may search for each: some seconds


@dataclass
class Figure:
    """A <figure>: the one around it, its caption, the licence that it links to."""

    around: Figure | None
    caption: list[str] = field(default_factory=list)
    license: str | None = None


@dataclass
class SeenPicture:
    """An <img> as it stands: its attributes, the largest candidates of the <picture> around it, and where it is."""

    attributes: Mapping[str, str]
    sources: tuple[Candidate, ...]
    language: str | None
    marks: frozenset[str]
    heading: int
    figure: Figure | None


class PageEvents:
    """What a page holds, filled by the events of a parser: pictures, headings, <meta>s, links."""

    def __init__(self, marks: frozenset[str]) -> None:
        self.pictures: list[SeenPicture] = []
        self.headings: list[list[str]] = []
        self.metas: list[Mapping[str, str]] = []
        self.pages: list[tuple[str, frozenset[str]]] = []
        self.base: str | None = None
        self.canonical: str | None = None
        self.license: str | None = None
        self._marks = marks
        self._mark_names = marks | {f"data-{one}" for one in marks}
        self._languages: list[str | None] = [None]
        self._refusals: list[frozenset[str]] = [frozenset()]
        self._figure: Figure | None = None
        self._sources: list[list[Candidate]] = []
        self._heading: list[str] | None = None
        self._figcaption: list[str] | None = None
        self._unread = 0

    @property
    def depth(self) -> int:
        """How many elements are open."""
        return len(self._languages) - 1

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take in the start of an element."""
        language = attributes.get("lang", attributes.get("xml:lang"))
        self._languages.append(self._languages[-1] if language is None else language)
        marked = self._refusals[-1]
        if attributes and not self._mark_names.isdisjoint(attributes):
            marked = marked | {one for one in self._marks if _is_marked(attributes, one)}
        self._refusals.append(marked)
        if self._heading is not None or self._figcaption is not None:
            self._part(tag)
        take = _STARTS.get(tag)
        if take is not None:
            take(self, attributes)
        elif tag in _HEADINGS:
            self._heading = []
            self.headings.append(self._heading)
        elif tag in _UNREAD:
            self._unread += 1

    def end(self, tag: str) -> None:
        """Take in the end of an element."""
        if len(self._languages) > 1:
            self._languages.pop()
            self._refusals.pop()
        self._part(tag)
        if tag in _HEADINGS:
            self._heading = None
        elif tag == "figcaption":
            self._figcaption = None
        elif tag == "figure" and self._figure is not None:
            self._figure = self._figure.around
        elif tag == "picture" and self._sources:
            self._sources.pop()
        elif tag in _UNREAD:
            self._unread = max(0, self._unread - 1)

    def data(self, text: str) -> None:
        """Take in text between tags."""
        if self._unread:
            return
        for words in (self._heading, self._figcaption):
            if words is not None and len(words) < LONGEST_WORDS:
                words.append(text[:LONGEST_WORDS])

    def close(self) -> None:
        """Take in the end of the page."""

    def _part(self, tag: str) -> None:
        if tag not in _WITHIN_A_LINE:
            self.data(" ")

    def _start_picture(self, attributes: Mapping[str, str]) -> None:
        if len(self.pictures) < MOST_PICTURES:
            sources = tuple(self._sources[-1]) if self._sources else ()
            language, marks = self._languages[-1], self._refusals[-1]
            seen = SeenPicture(dict(attributes), sources, language, marks, len(self.headings) - 1, self._figure)
            self.pictures.append(seen)

    def _start_source(self, attributes: Mapping[str, str]) -> None:
        srcset = attributes.get("srcset") or attributes.get("data-srcset")
        is_drawing = attributes.get("type", "").strip().lower().startswith("image/svg")
        if self._sources and srcset and not is_drawing:
            self._sources[-1] = largest([*self._sources[-1], *candidates(srcset)])

    def _start_sources(self, attributes: Mapping[str, str]) -> None:
        self._sources.append([])

    def _start_figure(self, attributes: Mapping[str, str]) -> None:
        self._figure = Figure(self._figure)

    def _start_figcaption(self, attributes: Mapping[str, str]) -> None:
        if self._figure is not None and not self._figure.caption:
            self._figcaption = self._figure.caption

    def _start_base(self, attributes: Mapping[str, str]) -> None:
        if self.base is None:
            self.base = attributes.get("href")

    def _start_meta(self, attributes: Mapping[str, str]) -> None:
        if len(self.metas) < 1000:
            self.metas.append(dict(attributes))

    def _start_link(self, attributes: Mapping[str, str]) -> None:
        address, kinds = attributes.get("href"), _kinds(attributes)
        if not address:
            return
        if "canonical" in kinds and self.canonical is None:
            self.canonical = address
        if "license" in kinds:
            self._license(address)

    def _start_anchor(self, attributes: Mapping[str, str]) -> None:
        address, kinds = attributes.get("href"), _kinds(attributes)
        if not address:
            return
        if "license" in kinds:
            self._license(address)
        elif len(self.pages) < MOST_PAGES:
            self.pages.append((address, kinds))

    def _license(self, address: str) -> None:
        if self._figure is not None:
            self._figure.license = self._figure.license or address
        else:
            self.license = self.license or address


_STARTS = {
    **dict.fromkeys(_PICTURES, PageEvents._start_picture),
    "source": PageEvents._start_source,
    "picture": PageEvents._start_sources,
    "figure": PageEvents._start_figure,
    "figcaption": PageEvents._start_figcaption,
    "base": PageEvents._start_base,
    "meta": PageEvents._start_meta,
    "link": PageEvents._start_link,
    "a": PageEvents._start_anchor,
    "area": PageEvents._start_anchor,
}


def events_of(text: str, marks: frozenset[str]) -> PageEvents:
    """Return what a page's `text` holds, as far as 4 MiB of it go; `marks` are the attributes that forbid a picture,
    also as data-NAME. Broken HTML gives what there is. Raises SourceError where lxml is not installed."""
    from toolkit.sources.web.parsers import html_parser

    events = PageEvents(marks)
    data = text[:LARGEST_PAGE].encode("utf-8", "replace")[:LARGEST_PAGE]
    parser, failures = html_parser(events)
    work = 0
    with suppress(*failures):  # a page so broken that the parser gives up has what was read of it
        for start in range(0, len(data), _AT_ONCE):
            part = data[start : start + _AT_ONCE]
            work += part.count(b"</") * events.depth
            if work > _MOST_WORK or events.depth > _DEEPEST:
                break
            parser.feed(part)
        parser.close()
    return events


def _kinds(attributes: Mapping[str, str]) -> frozenset[str]:
    return frozenset(attributes.get("rel", "").lower().split())


def _is_marked(attributes: Mapping[str, str], mark: str) -> bool:
    said = attributes.get(mark, attributes.get(f"data-{mark}"))
    return said is not None and said.strip().lower() not in ("false", "0", "no")
