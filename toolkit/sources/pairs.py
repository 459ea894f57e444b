"""Rows of a source as the pairs table: content hashes and picture headers added, pixels left alone."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from toolkit import schema
from toolkit.errors import PictureError
from toolkit.images import Limits, read_header
from toolkit.seeds import content_hash
from toolkit.sources.rows import PairRow


def to_pairs_table(rows: Sequence[PairRow], limits: Limits = Limits()) -> pa.Table:
    """Return `rows` as a validated `pairs` table, one row each in the same order.

    Width, height and format come from the picture's header; where that fails the row's `error` says why as
    `class: detail`. Bytes are kept only where `image_path` is None. Raises SchemaError where two rows share an id.
    """
    return schema.from_rows("pairs", [_to_pair(row, limits) for row in rows])


def _to_pair(row: PairRow, limits: Limits) -> dict[str, object]:
    pair: dict[str, object] = {
        "sample_id": row.sample_id,
        "content_id": None if row.data is None else content_hash(row.data),
        "caption": row.caption,
        "image": {"bytes": None if row.image_path else row.data, "path": row.image_path},
        "url": row.url,
        "source": row.source,
        "license": row.license,
        "error": row.error,
        "meta": row.meta,
    }
    if row.data is None:
        return pair | {"error": row.error or "no_picture: the source gave none"}
    try:
        header = read_header(row.data, limits)
    except PictureError as error:
        return pair | {"error": row.error or str(error)}
    return pair | {"width": header.width, "height": header.height, "format": header.format}
