"""Kept pairs, with their pictures, in the forms that other programs read."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from toolkit import schema
from toolkit.errors import PictureError, RunError
from toolkit.progress import Progress, silent
from toolkit.seeds import content_hash
from toolkit.sources.picture_bytes import read_picture
from toolkit.store import RunFolder, in_the_way, shard_name, whole_folder

_SUFFIXES = {"JPEG": "jpg", "MPO": "jpg", "TIFF": "tif"}
_COLUMNS = ("url", "source", "license", "width", "height", "meta")
_ROWS_A_TAR = 5000
_ROWS_A_GROUP = 500

Row = dict[str, Any]  # a row of pairs, its bytes under "data"


def export(run: RunFolder, to: str, out: str | Path, *, progress: Progress = silent) -> Path:
    """Write the kept pairs of `run` to the new folder `out` and return it; it appears once all is written.

    `to` is parquet (loaded by `datasets` with an Image column, bytes inside), webdataset (tars of KEY.jpg, KEY.txt,
    KEY.json) or imagefolder (metadata.jsonl beside pictures). The caption is called `text` there, as in most sets.
    Raises RunError for another `to`, for a run without decisions, where `out` is in the way, or where a picture is
    no longer what was curated.
    """
    if to not in FORMS:
        raise RunError(f"cannot export to {to!r}; the forms are {', '.join(FORMS)}")
    holder = run.find("decisions")
    if holder is None or run.find("pairs") is None:
        raise RunError(f"{run.path} has no pairs with decisions; give a run that tain curate or tain decide wrote")
    out = Path(out)
    if in_the_way(out):
        raise RunError(f"{out} is in the way; choose another --out")
    with whole_folder(out) as beside:
        FORMS[to](_counted(kept_rows(run), progress), beside)
    return out


def kept_rows(run: RunFolder) -> Iterator[Row]:
    """Yield the rows of pairs that `run` kept, in order, each with its picture's bytes under `data`.

    Raises RunError where a picture cannot be read any more, or its bytes have changed.
    """
    decisions, pairs = run.find("decisions"), run.find("pairs")
    assert decisions is not None
    assert pairs is not None
    for decided, shard in zip(decisions.scan("decisions", ["sample_id", "keep"]), pairs.scan("pairs"), strict=True):
        if decided["sample_id"].to_pylist() != shard["sample_id"].to_pylist():
            raise RunError(f"{decisions.path} decides other rows than {pairs.path} holds; decide again")
        for batch in shard.filter(decided["keep"]).to_batches(max_chunksize=_ROWS_A_GROUP):
            for row in batch.to_pylist():
                yield row | {"data": _bytes_of(row, pairs.path)}


def _bytes_of(row: Row, base: Path) -> bytes:
    try:
        data = read_picture(row["image"], base)
    except PictureError as error:
        raise RunError(f"the picture of row {row['sample_id']} cannot be read any more: {error}") from error
    if content_hash(data) != row["content_id"]:
        raise RunError(f"the picture of row {row['sample_id']} has changed since it was curated; curate again")
    return data


def _counted(rows: Iterable[Row], progress: Progress) -> Iterator[Row]:
    for done, row in enumerate(rows, 1):
        yield row
        if done % 100 == 0:
            progress("export", done, 0)


def suffix(kind: str) -> str:
    """Return the usual file suffix, without a dot, of a picture format as Pillow names it."""
    return _SUFFIXES.get(kind, kind.lower())


def _write_parquet(rows: Iterable[Row], folder: Path) -> None:
    kinds = {name: schema.TABLES["pairs"].schema.field(name).type for name in _COLUMNS}
    fields = [("sample_id", pa.string()), ("image", schema.IMAGE), ("text", pa.string()), *kinds.items()]
    columns = pa.schema(fields, metadata={"huggingface": json.dumps({"info": {"features": _features(fields)}})})
    with pq.ParquetWriter(folder / f"{shard_name(0)}.parquet", columns, compression="zstd") as writer:
        for group in _groups(rows, _ROWS_A_GROUP):
            values = {
                "sample_id": [row["sample_id"] for row in group],
                "image": [{"bytes": row["data"], "path": _file_name(row)} for row in group],
                "text": [row["caption"] or "" for row in group],
            } | {name: [row[name] for row in group] for name in _COLUMNS}
            writer.write_table(pa.table(values, schema=columns))


def _features(fields: list[tuple[str, pa.DataType]]) -> dict[str, dict[str, str]]:
    """Return the columns as `datasets` describes them in Parquet metadata."""
    return {
        name: {"_type": "Image"} if kind == schema.IMAGE else {"dtype": str(kind), "_type": "Value"}
        for name, kind in fields
    }


def _write_webdataset(rows: Iterable[Row], folder: Path) -> None:
    for index, group in enumerate(_groups(rows, _ROWS_A_TAR)):
        with tarfile.open(folder / f"{shard_name(index)}.tar", "w", format=tarfile.USTAR_FORMAT) as tar:
            for row in group:
                about = {"sample_id": row["sample_id"]} | {name: row[name] for name in _COLUMNS}
                _add(tar, _file_name(row), row["data"])
                _add(tar, f"{row['sample_id']}.txt", (row["caption"] or "").encode())
                _add(tar, f"{row['sample_id']}.json", json.dumps(about, sort_keys=True).encode())


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)  # no time, no owner: the same pairs give the same bytes
    member.size = len(data)
    tar.addfile(member, io.BytesIO(data))


def _write_imagefolder(rows: Iterable[Row], folder: Path) -> None:
    (folder / "images").mkdir()
    with (folder / "metadata.jsonl").open("w", encoding="utf-8", newline="\n") as lines:
        for row in rows:
            name = f"images/{row['sample_id'][:2]}/{_file_name(row)}"
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(row["data"])
            line = {"file_name": name, "text": row["caption"] or "", "sample_id": row["sample_id"]}
            lines.write(json.dumps(line | {column: row[column] for column in _COLUMNS}, ensure_ascii=False) + "\n")


def _file_name(row: Row) -> str:
    return f"{row['sample_id']}.{suffix(row['format'])}"


def _groups(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """Yield lists of `size` rows; one empty list where there are no rows, so that an empty export is readable."""
    remaining = iter(rows)
    group = list(islice(remaining, size))
    yield group
    while group := list(islice(remaining, size)):
        yield group


FORMS: dict[str, Callable[[Iterable[Row], Path], None]] = {
    "parquet": _write_parquet,
    "webdataset": _write_webdataset,
    "imagefolder": _write_imagefolder,
}
