"""Pages in WAT files, as Common Crawl makes them: metadata of pages in JSON, pictures among their links."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from toolkit.sources.meta import plain_text_of
from toolkit.sources.web.archive_records import ArchiveRecord, records_of
from toolkit.sources.web.links import ImageLink, failed_link
from toolkit.sources.web.manners.settings import ALL_OBEYED, MannersSettings
from toolkit.sources.web.page import CAPTION_ORDER, page_refusal, squeezed
from toolkit.sources.web.page_addresses import absolute
from toolkit.sources.web.page_events import MOST_PICTURES
from toolkit.sources.web.srcset import candidates, largest

_LARGEST_RECORD = 32 << 20
_FROM = {"IMG@/src": False, "IMG@/data-src": False, "IMG@/srcset": True, "IMG@/data-srcset": True}


class _PageFacts(NamedTuple):
    url: str | None
    base: str | None
    language: str | None
    license: str | None
    refusal: str | None
    links: list[Mapping[str, object]]


def read_wat(path: str | Path, settings: MannersSettings = ALL_OBEYED) -> Iterator[ImageLink]:
    """Yield the pictures that the pages in a WAT file name, gzipped or not, in order, each address once a page, with
    alt and title; a WAT file knows no captions of figures and no headings.

    What is damaged, cut off or no JSON is a link with an `error`. Raises SourceError where the file cannot be opened,
    or warcio is not installed.
    """
    path = Path(path)
    for record in records_of(path, frozenset(("metadata",)), _LARGEST_RECORD):
        name = f"{path.name}#{record.number}"
        error = record.error
        if error is None:
            facts, error = _facts(record, settings)
            yield from () if facts is None else _links(name, facts)
        if error is not None:
            yield failed_link(name, f"{error} (record {record.number} of {path.name})", record.url)


def _facts(record: ArchiveRecord, settings: MannersSettings) -> tuple[_PageFacts | None, str | None]:
    """Return what a record says of a page, None where it is about something else; and what is wrong with it."""
    if "json" not in record.content_type:
        return None, None
    try:
        found = json.loads(record.payload)
    except (ValueError, RecursionError) as error:
        return None, f"bad_row: not JSON ({error})"
    response = _inside(found, "Envelope", "Payload-Metadata", "HTTP-Response-Metadata")
    page = _inside(response, "HTML-Metadata")
    if not page:
        return None, None
    head = _inside(page, "Head")
    headers = _texts(_inside(response, "Headers"))
    metas = [_texts(one) for one in _entries(head.get("Metas"))]
    uri = _inside(found, "Envelope", "WARC-Header-Metadata").get("WARC-Target-URI")
    url = plain_text_of(uri) if isinstance(uri, str) else record.url
    written = head.get("Base")
    base = absolute(url, written) if isinstance(written, str) else None
    links = _entries(page.get("Links"))
    return _PageFacts(
        url, base or url, _language(metas, headers), _license([*_entries(head.get("Link")), *links], base or url),
        page_refusal(metas, headers, settings), links,
    ), None  # fmt: skip


def _links(name: str, facts: _PageFacts) -> Iterator[ImageLink]:
    seen: set[str] = set()
    for place, entry in enumerate(facts.links):
        path, written = entry.get("path"), entry.get("url")
        if not isinstance(path, str) or not isinstance(written, str) or path not in _FROM:
            continue
        best = largest(candidates(written)) if _FROM[path] else []
        address = best[0].url if best else "" if _FROM[path] else written
        url = absolute(facts.base, plain_text_of(address) or "")
        if url is None or url in seen or len(seen) >= MOST_PICTURES:
            continue
        seen.add(url)
        words = {key: squeezed(plain_text_of(entry.get(key)) or "") for key in ("alt", "title")}
        words = {key: text for key, text in words.items() if text}
        source = next((one for one in CAPTION_ORDER if one in words), "")
        yield ImageLink(
            url, words.get(source, ""), source, facts.url, words, facts.language, facts.license, facts.refusal,
            f"{name}.{place}",
        )  # fmt: skip


def _license(links: list[Mapping[str, object]], base: str | None) -> str | None:
    for one in links:
        written = one.get("url", one.get("href"))
        if "license" in str(one.get("rel", "")).lower().split() and isinstance(written, str):
            return absolute(base, plain_text_of(written) or "")
    return None


def _language(metas: list[dict[str, str]], headers: Mapping[str, str]) -> str | None:
    said = [one.get("content", "") for one in metas if one.get("http-equiv", "").lower() == "content-language"]
    usable = (one.strip()[:35] for one in (*said, headers.get("content-language", "")) if "," not in one)
    return next((one for one in usable if one), None)


def _inside(value: object, *names: str) -> Mapping[str, object]:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _entries(value: object) -> list[Mapping[str, object]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _texts(values: Mapping[str, object]) -> dict[str, str]:
    """Return what is text in `values`, names in lower case, several values a line each."""
    found: dict[str, str] = {}
    for name, value in values.items():
        lines = value if isinstance(value, list) else [value]
        text = "\n".join(plain_text_of(one) or "" for one in lines if isinstance(one, str))
        found[name.lower()] = text
    return found
