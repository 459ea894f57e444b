"""The kept pairs of a run, with or without their pictures, in the order in which they came."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from toolkit.errors import PictureError, RunError
from toolkit.progress import Progress
from toolkit.seeds import content_hash
from toolkit.sources.picture_bytes import read_picture
from toolkit.store import RunFolder

COLUMNS = ("url", "source", "license", "width", "height", "meta")  # what every form carries beside picture and text
_SUFFIXES = {"JPEG": "jpg", "MPO": "jpg", "TIFF": "tif"}
_ROWS_A_GROUP = 500

Row = dict[str, Any]  # a row of pairs, its bytes under "data"


@dataclass(frozen=True)
class KeptPairs:
    """What `run`, which holds or names pairs with decisions, kept; `progress` hears of rows read."""

    run: RunFolder
    progress: Progress

    def tables(self, columns: list[str] | None = None) -> Iterator[pa.Table]:
        """Yield the kept rows of the pairs table, a shard at a time."""
        decisions, pairs = self.run.find("decisions"), self._pairs
        assert decisions is not None
        wanted = None if columns is None else ["sample_id", *columns]
        for decided, shard in zip(
            decisions.scan("decisions", ["sample_id", "keep"]), pairs.scan("pairs", wanted), strict=True
        ):
            if decided["sample_id"].to_pylist() != shard["sample_id"].to_pylist():
                raise RunError(f"{decisions.path} decides other rows than {pairs.path} holds; decide again")
            yield shard.filter(decided["keep"])

    def rows(self) -> Iterator[Row]:
        """Yield the kept rows, each with its picture's bytes under `data`.

        Raises RunError where a picture cannot be read any more, or its bytes have changed.
        """
        done, base = 0, self._pairs.path
        for table in self.tables():
            for batch in table.to_batches(max_chunksize=_ROWS_A_GROUP):
                for row in batch.to_pylist():
                    yield row | {"data": _bytes_of(row, base)}
                    done += 1
                    if done % 100 == 0:
                        self.progress("export", done, 0)

    @property
    def _pairs(self) -> RunFolder:
        holder = self.run.find("pairs")
        assert holder is not None
        return holder


def _bytes_of(row: Row, base: Path) -> bytes:
    if (row["error"] or "").startswith("not_downloaded"):
        raise RunError(
            f"row {row['sample_id']} has only an address, so there is no picture to export; "
            "export --to ids for the addresses"
        )
    try:
        data = read_picture(row["image"], base)
    except PictureError as error:
        raise RunError(f"the picture of row {row['sample_id']} cannot be read any more: {error}") from error
    if content_hash(data) != row["content_id"]:
        raise RunError(f"the picture of row {row['sample_id']} has changed since it was curated; curate again")
    return data


def suffix(kind: str) -> str:
    """Return the usual file suffix, without a dot, of a picture format as Pillow names it."""
    return _SUFFIXES.get(kind, kind.lower())


def file_name(row: Row) -> str:
    """Return the name of the row's picture in an export: its sample_id and the usual suffix."""
    return f"{row['sample_id']}.{suffix(row['format'])}"


def groups(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """Yield lists of `size` rows; one empty list where there are no rows, so that an empty export is readable."""
    remaining = iter(rows)
    group = list(islice(remaining, size))
    yield group
    while group := list(islice(remaining, size)):
        yield group
