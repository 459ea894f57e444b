"""WebDataset tars of KEY.jpg, KEY.txt and KEY.json, some thousand pairs each."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterable
from itertools import chain, count, islice
from pathlib import Path

from toolkit.curate.export.kept import COLUMNS, KeptPairs, Row, file_name
from toolkit.store import shard_name

_ROWS_A_TAR = 5000


def write_webdataset(kept: KeptPairs, folder: Path) -> None:
    """Write `kept` as tars into `folder`; the same pairs give the same bytes. One empty tar where nothing was kept."""
    rows = kept.rows()
    started = list(islice(rows, 1))
    for index in count():
        _write_tar(folder / f"{shard_name(index)}.tar", chain(started, islice(rows, _ROWS_A_TAR - 1)))
        started = list(islice(rows, 1))
        if not started:
            return


def _write_tar(path: Path, rows: Iterable[Row]) -> None:
    """Write `rows` to one tar; one picture is in memory at a time."""
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        for row in rows:
            about = {"sample_id": row["sample_id"]} | {name: row[name] for name in COLUMNS}
            _add(tar, file_name(row), row["data"])
            _add(tar, f"{row['sample_id']}.txt", (row["caption"] or "").encode())
            _add(tar, f"{row['sample_id']}.json", json.dumps(about, sort_keys=True).encode())


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)  # no time, no owner: the same pairs give the same bytes
    member.size = len(data)
    tar.addfile(member, io.BytesIO(data))
