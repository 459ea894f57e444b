"""Which column holds the caption, the picture and its address: guessed by the names that datasets use, or given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from toolkit.errors import SourceError

CAPTION_NAMES = ("text", "caption", "alt_text", "alt", "prompt", "captions", "txt")
IMAGE_NAMES = (
    "image",
    "file_name",
    "path",
    "filepath",
    "image_path",
    "jpg",
    "png",
    "webp",
    "bytes",
    "image_bytes",
    "filename",
    "file",
    "img",
)
URL_NAMES = ("url", "image_url", "img_url")
LICENSE_NAMES = ("license", "licence")
SOURCE_NAMES = ("source",)
# What data sets call the address of the page that a picture stood on.
PAGE_NAMES = (
    *("page_url", "pageurl", "page", "referrer", "referer", "source_url", "web_page", "webpage", "landing_page"),
    *("foreign_landing_url", "context_page_url", "descriptionurl", "origin_url"),
)


class GivenColumns(NamedTuple):
    """Column names that the caller gives; None where it is to be guessed."""

    caption: str | None = None
    image: str | None = None
    url: str | None = None


class Columns(NamedTuple):
    """The column names in use; None where the input has none. At least a caption and an image or url are there."""

    caption: str
    image: str | None
    url: str | None
    source: str | None
    license: str | None

    @property
    def used(self) -> frozenset[str]:
        """The names of all columns that have a place of their own, and so are not in `meta`."""
        return frozenset(one for one in self if one is not None)


def choose_columns(names: Sequence[str], given: GivenColumns, where: str) -> Columns:
    """Return which of the columns `names` are used; `where` names the input in messages.

    Raises SourceError where a given column is absent, or no caption, or neither picture nor address is found.
    """
    for column in given:
        if column is not None and column not in names:
            raise SourceError(f"{where} has no column {column!r}; its columns are {', '.join(names) or 'none'}")
    caption = given.caption or find_column(names, CAPTION_NAMES)
    image = given.image or find_column([one for one in names if one != caption], IMAGE_NAMES)
    url = given.url or find_column(names, URL_NAMES)
    found = f"its columns are {', '.join(names) or 'none'}"
    if caption is None:
        looked_for = f"a column called {', '.join(CAPTION_NAMES)} (in any case)"
        raise SourceError(f"{where} has no captions: looked for {looked_for}; {found}. Name it with caption_column")
    if image is None and url is None:
        looked_for = f"a column called {', '.join(IMAGE_NAMES + URL_NAMES)} (in any case)"
        raise SourceError(f"{where} has no pictures: looked for {looked_for}; {found}. Name it with image_column")
    return Columns(caption, image, url, find_column(names, SOURCE_NAMES), find_column(names, LICENSE_NAMES))


def find_column(names: Sequence[str], known: Sequence[str]) -> str | None:
    """Return the first of `known` that is among `names`, exactly or else in another case; None where none is."""
    for one in known:
        if one in names:
            return one
        for name in names:
            if name.lower() == one:
                return name
    return None
