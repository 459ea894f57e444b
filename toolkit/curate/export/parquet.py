"""Parquet with the pictures inside, which `datasets` loads with an Image column."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from toolkit import schema
from toolkit.curate.export.kept import COLUMNS, KeptPairs, file_name, groups
from toolkit.store import shard_name

_ROWS_A_GROUP = 500


def write_parquet(kept: KeptPairs, folder: Path) -> None:
    """Write `kept` to one file in `folder`; the caption is called `text`, as in most sets."""
    kinds = {name: schema.TABLES["pairs"].schema.field(name).type for name in COLUMNS}
    fields = [("sample_id", pa.string()), ("image", schema.IMAGE), ("text", pa.string()), *kinds.items()]
    columns = pa.schema(fields, metadata={"huggingface": json.dumps({"info": {"features": _features(fields)}})})
    with pq.ParquetWriter(folder / f"{shard_name(0)}.parquet", columns, compression="zstd") as writer:
        for group in groups(kept.rows(), _ROWS_A_GROUP):
            values = {
                "sample_id": [row["sample_id"] for row in group],
                "image": [{"bytes": row["data"], "path": file_name(row)} for row in group],
                "text": [row["caption"] or "" for row in group],
            } | {name: [row[name] for row in group] for name in COLUMNS}
            writer.write_table(pa.table(values, schema=columns))


def _features(fields: list[tuple[str, pa.DataType]]) -> dict[str, dict[str, str]]:
    """Return the columns as `datasets` describes them in Parquet metadata."""
    return {
        name: {"_type": "Image"} if kind == schema.IMAGE else {"dtype": str(kind), "_type": "Value"}
        for name, kind in fields
    }
