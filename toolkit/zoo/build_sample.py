"""Builds the bundled sample out of the full sets: `python -m toolkit.zoo.build_sample`.

It needs a connection, apt-get and npm (or the two folders of `tain fetch`), and writes toolkit/zoo/sample/*.parquet.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from toolkit.errors import SourceError
from toolkit.sources import open_source
from toolkit.sources.fetch import fetch
from toolkit.sources.openclipart import is_odd
from toolkit.sources.pairs import to_pairs_table
from toolkit.sources.rows import PairRow, sample_id_of
from toolkit.sources.shrink import shrink_to_webp
from toolkit.store import write_atomically
from toolkit.zoo.sample_choice import choose_emoji, choose_openclipart

NAME = "zoo:sample"
MOST_BYTES = 12 << 20
_ROWS_A_GROUP = 512

Choice = Callable[[Sequence[PairRow]], list[PairRow]]


class Shrinking(NamedTuple):
    """How pictures are made to fit: the longer side in pixels, and WebP's quality (0 to 100)."""

    longest_side: int
    quality: int


def build_sample(openclipart: Path, emoji: Path, out: Path) -> list[Path]:
    """Write the sample's two pairs tables into `out` and return their paths; the same sets give the same bytes.

    `openclipart` and `emoji` are folders that `fetch` built. Raises SourceError where the sample exceeds 12 MiB.
    """
    written = [
        _write(out / "openclipart.parquet", openclipart, choose_openclipart, Shrinking(longest_side=192, quality=65)),
        _write(out / "emoji.parquet", emoji, choose_emoji, Shrinking(longest_side=64, quality=75)),
    ]
    size = sum(path.stat().st_size for path in written)
    if size > MOST_BYTES:
        raise SourceError(f"the sample has {size} bytes; at most {MOST_BYTES} are bundled. Choose fewer rows")
    return written


def _write(path: Path, folder: Path, choose: Choice, shrinking: Shrinking) -> Path:
    rows = choose(list(open_source(folder).rows()))
    table = to_pairs_table([_bundled(row, path.stem, folder, shrinking) for row in rows])
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", row_group_size=_ROWS_A_GROUP)
    write_atomically(path, sink.getvalue().to_pybytes())
    return path


def _bundled(row: PairRow, set_name: str, folder: Path, shrinking: Shrinking) -> PairRow:
    """Return `row` with its bytes in the row, scaled down but for oddities, and an id of its own in the sample."""
    if row.data is None or row.image_path is None:
        raise SourceError(f"{set_name}: {row.caption!r} has no picture ({row.error}); fetch the set again")
    data = row.data if is_odd(row.data) else shrink_to_webp(row.data, *shrinking)
    place = Path(row.image_path).relative_to(folder.absolute()).as_posix()
    return row._replace(sample_id=sample_id_of(NAME, f"{set_name}/{place}"), data=data, image_path=None)


def main() -> None:
    """Build the sample beside this file, fetching what is not given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--openclipart", type=Path, help="the folder that `tain fetch openclipart` built")
    parser.add_argument("--emoji", type=Path, help="the folder that `tain fetch emoji` built")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "sample")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        openclipart = given.openclipart or fetch("openclipart", Path(folder, "openclipart"))
        emoji = given.emoji or fetch("emoji", Path(folder, "emoji"))
        for path in build_sample(openclipart, emoji, given.out):
            print(f"{path}: {pq.read_metadata(path).num_rows} rows, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
