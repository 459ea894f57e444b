"""Pages in WARC files: the responses that are HTML, with the headers that they were sent with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from toolkit.sources.web.archive_records import ArchiveRecord, records_of
from toolkit.sources.web.compressed import unpacked
from toolkit.sources.web.links import ImageLink, failed_link
from toolkit.sources.web.manners.settings import ALL_OBEYED, MannersSettings
from toolkit.sources.web.page import links_of_page
from toolkit.sources.web.page_events import LARGEST_PAGE

_KINDS = frozenset(("response", "resource"))
_HTML = ("text/html", "application/xhtml+xml")


def read_warc(path: str | Path, settings: MannersSettings = ALL_OBEYED) -> Iterator[ImageLink]:
    """Yield the pictures that the pages in a WARC file name, gzipped or not, in order; of responses those with status
    2xx and a content type of HTML.

    What is damaged or cut off gives what it holds and a link with an `error`. Raises SourceError where the file cannot
    be opened, or warcio or lxml is not installed.
    """
    path = Path(path)
    for record in records_of(path, _KINDS, LARGEST_PAGE):
        name = f"{path.name}#{record.number}"
        if _is_page(record):
            for link in links_of_page(_body(record), record.url, record.headers, settings):
                yield link._replace(key=f"{name}.{link.key}")
        if record.error is not None:
            yield failed_link(name, f"{record.error} (record {record.number} of {path.name})", record.url)


def _is_page(record: ArchiveRecord) -> bool:
    is_response = record.kind == "response" and 200 <= record.status < 300
    content_type = record.headers.get("content-type", "") if record.kind == "response" else record.content_type
    wanted = is_response or record.kind == "resource"
    return wanted and content_type.partition(";")[0].strip().lower() in _HTML


def _body(record: ArchiveRecord) -> bytes:
    found = unpacked(record.payload, record.headers.get("content-encoding", ""), LARGEST_PAGE)
    return record.payload if found.error is not None and not found.data else found.data  # some store it unpacked
