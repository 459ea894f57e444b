"""A picture that a page or a list names, and what a server answers: what the readers, the manners and the downloader
hand each other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

NOTHING: Mapping[str, str] = MappingProxyType({})
NO_COLUMNS: Mapping[str, object] = MappingProxyType({})


class ImageLink(NamedTuple):
    """A picture that a page or a list names, and the words beside it.

    `url` is absolute; "" where there is none, and then `error` says why, as `class: detail`: a bad row of a list, a
    damaged record of an archive. `caption` is the words that stand for it: alt, else figcaption, else title, else
    heading, or the caption of a list; `caption_from` names which ("alt", "figcaption", "title", "heading", "list"; ""
    where there are no words). `words` holds all of alt, figcaption, title and heading that are there. `license` is the
    address of the licence link, `refusal` says why the page forbids the picture's use (None where it does not). `key`
    is its name within its source: the row of a list, the record of an archive and the place in it. `meta` holds all
    other columns of a list.
    """

    url: str
    caption: str
    caption_from: str
    page_url: str | None = None
    words: Mapping[str, str] = NOTHING
    language: str | None = None
    license: str | None = None
    refusal: str | None = None
    key: str = ""
    meta: Mapping[str, object] = NO_COLUMNS
    error: str | None = None


class Fetched(NamedTuple):
    """What a server answered: the last address after redirects, the status, the headers (names in lower case; several
    of one name joined by ", "), the body as far as it was read; or an `error`, as `class: detail`, with status 0 where
    there was no answer."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    error: str | None = None


Fetch = Callable[[str], Awaitable[Fetched]]


def failed_link(key: str, error: str, page_url: str | None = None) -> ImageLink:
    """Return the link that stands for a row or record that could not be read; `error` is `class: detail`."""
    return ImageLink("", "", "", page_url, key=key, error=error)
