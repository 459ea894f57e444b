"""An imagefolder: pictures, and metadata.jsonl beside them."""

from __future__ import annotations

import json
from pathlib import Path

from toolkit.curate.export.kept import COLUMNS, KeptPairs, file_name


def write_imagefolder(kept: KeptPairs, folder: Path) -> None:
    """Write `kept` as pictures under `folder`/images, one line of metadata each."""
    (folder / "images").mkdir()
    with (folder / "metadata.jsonl").open("w", encoding="utf-8", newline="\n") as lines:
        for row in kept.rows():
            name = f"images/{row['sample_id'][:2]}/{file_name(row)}"
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(row["data"])
            line = {"file_name": name, "text": row["caption"] or "", "sample_id": row["sample_id"]}
            lines.write(json.dumps(line | {column: row[column] for column in COLUMNS}, ensure_ascii=False) + "\n")
