"""The selection as data: which rows were kept, without their pictures, so that nobody has to rewrite tars."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from toolkit.curate.export.kept import KeptPairs

_COLUMNS = ("content_id", "url", "source")
_UID = re.compile(r"[0-9a-f]{32}")


def write_selection(kept: KeptPairs, folder: Path) -> None:
    """Write selection.parquet (sample_id, content_id, url, source, key) and, where the rows bring DataComp's `uid`,
    uids.npy.

    `key` is the input's own key of the row (`key` or `__key__` in its metadata), null where it has none. uids.npy is
    what DataComp's resharder reads: pairs of unsigned 64-bit halves, sorted (arXiv 2304.14108, its `resharder.py`).
    """
    uids: list[tuple[int, int]] = []
    kinds = pa.schema([(name, pa.string()) for name in ("sample_id", *_COLUMNS, "key")])
    with pq.ParquetWriter(folder / "selection.parquet", kinds, compression="zstd") as writer:
        for table in kept.tables([*_COLUMNS, "meta"]):
            given = [json.loads(meta or "{}") for meta in table["meta"].to_pylist()]
            keys = [one.get("key") or one.get("__key__") for one in given]
            key = pa.array([None if one is None else str(one) for one in keys], pa.string())
            writer.write_table(table.drop_columns(["meta"]).append_column("key", key).cast(kinds))
            uids += _uids(given)
    if uids:
        np.save(folder / "uids.npy", np.sort(np.array(uids, dtype=[("f0", "<u8"), ("f1", "<u8")])))


def _uids(given: list[dict[str, object]]) -> Iterator[tuple[int, int]]:
    for one in given:
        uid = one.get("uid")
        if isinstance(uid, str) and _UID.fullmatch(uid):
            yield int(uid[:16], 16), int(uid[16:], 16)
