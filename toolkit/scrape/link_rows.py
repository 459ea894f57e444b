"""Links as rows of the table `links` of a run, and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from toolkit import schema
from toolkit.sources.meta import plain_text_of
from toolkit.sources.web.links import ImageLink
from toolkit.store import RunFolder

TABLE = "links"
_TEXTS = ("key", "url", "caption", "caption_from", "page_url", "language", "license", "refusal", "error")


def table_of_links(links: Sequence[ImageLink]) -> pa.Table:
    """Return `links`, which have no columns of a list, as a `links` table."""
    columns: dict[str, list[object]] = {name: [plain_text_of(getattr(link, name)) for link in links] for name in _TEXTS}
    columns["words"] = [[(name, plain_text_of(text)) for name, text in link.words.items()] for link in links]
    names = schema.table_schema(TABLE).schema.names
    return schema.from_columns(TABLE, {name: columns[name] for name in names})


def links_of_run(run: RunFolder) -> Iterator[ImageLink]:
    """Yield the links of `run` in order, a shard in memory. Raises RunError where one is damaged."""
    for shard in run.shards(TABLE):
        for row in run.read_one(shard).to_pylist():
            yield ImageLink(**row | {"words": dict(row["words"])})
