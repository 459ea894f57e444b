"""What became of links, as rows of the pairs table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pyarrow as pa

from toolkit.images import Limits
from toolkit.sources.meta import encode_meta, plain_text_of
from toolkit.sources.pairs import read_rows
from toolkit.sources.rows import PairRow, sample_id_of
from toolkit.sources.web.fetcher import Answer
from toolkit.sources.web.links import ImageLink

# What `toolkit.images` says of a header, in the words of FAILURES.
_WORDS = {"unknown_format": "not_an_image", "too_many_bytes": "too_large"}
# What the readers say of a row, in the words of FAILURES.
_OF_LISTS = {
    "bad_row": "bad_row", "no_address": "bad_url", "bad_address": "bad_url", "page": "page", "refused": "refused",
}  # fmt: skip
_OF_ANSWERS = ("status", "attempts", "answered_url")


class Asked(NamedTuple):
    """A link as it is asked: its `url`, what its row says beside the picture, and an `error` where it is not asked."""

    sample_id: str
    url: str
    caption: str | None
    source: str
    license: str | None
    meta: Mapping[str, object]
    error: str | None = None


def asked_of(link: ImageLink, source: str) -> Asked:
    """Return how `link` of `source` is asked; one that its page forbids, or that has no address, is not."""
    meta = dict(link.meta) | {
        name: value
        for name, value in (
            ("page_url", link.page_url),
            ("language", link.language),
            ("caption_from", link.caption_from or None),
            ("words", dict(link.words) or None),
        )
        if value is not None
    }
    error = f"refused: {link.refusal}" if link.refusal else None
    if link.error is not None:
        kind, _, detail = link.error.partition(": ")
        error = f"{_OF_LISTS[kind]}: {detail}" if kind in _OF_LISTS else f"bad_row: {link.error}"
    if error is None and not link.url.strip():
        error = "bad_url: the row names no address"
    caption = plain_text_of(link.caption) if link.error is None else None
    return Asked(
        sample_id_of(source, link.key), plain_text_of(link.url) or "", caption, source, link.license, meta, error
    )


def asked_again(row: Mapping[str, object]) -> Asked:
    """Return how a failed `row` of a pairs table is asked once more."""
    meta = json.loads(str(row["meta"] or "{}"))
    text = {name: None if row[name] is None else str(row[name]) for name in ("url", "caption", "source", "license")}
    kept = {name: value for name, value in meta.items() if name not in _OF_ANSWERS}
    return Asked(str(row["sample_id"]), text["url"] or "", text["caption"], text["source"] or "", text["license"], kept)


def row_of(asked: Asked, answer: Answer | None) -> PairRow:
    """Return the row of what became of `asked`; `answer` is None where it was not asked."""
    meta = dict(asked.meta)
    error, data = asked.error, None
    if answer is not None:
        fetched = answer.fetched
        error = fetched.error
        data = fetched.body if error is None else None
        meta |= {"status": fetched.status or None, "attempts": answer.attempts}
        if fetched.url != asked.url:
            meta["answered_url"] = fetched.url
    return PairRow(
        asked.sample_id, asked.caption, data, None, asked.url or None, asked.source, asked.license,
        plain_text_of(error), encode_meta(meta),
    )  # fmt: skip


def table_of(rows: Sequence[PairRow], limits: Limits) -> pa.Table:
    """Return `rows` as a `pairs` table; bytes of which the header is no picture within `limits` are not kept."""
    read = read_rows(rows, limits)
    for place, (header, error) in enumerate(zip(read.headers, read.errors, strict=True)):
        if header is None:
            kind, _, detail = (error or "").partition(": ")
            read.errors[place] = f"{_WORDS.get(kind, kind)}: {detail}"
            read.data[place] = read.content_ids[place] = None
    return read.table()
