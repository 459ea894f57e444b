"""One image-text pair as a source gives it, and what every source offers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from toolkit.errors import PictureError
from toolkit.seeds import stable_hash
from toolkit.sources.meta import text_of
from toolkit.sources.picture_bytes import read_address

BATCH_BYTES = 64 << 20  # of pictures that rows carry; those that are at a path are read where the work is


class PairRow(NamedTuple):
    """One row of input.

    `data` are the picture's bytes, None where there are none (then `error` says why, as `class: detail`) or where
    they are still to be read from `image_path`. `image_path` says where the bytes stay readable (see
    `toolkit.sources.picture_bytes`); None where only `data` has them. `meta` is a JSON object of all other columns.
    """

    sample_id: str
    caption: str | None
    data: bytes | None
    image_path: str | None
    url: str | None
    source: str
    license: str | None
    error: str | None
    meta: str


class RowBatch(Protocol):
    """Some rows of a source. It travels to where the work is, and what costs time to make of them is done there, by
    whoever goes through them."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[PairRow]: ...


class Source(Protocol):
    """Something that holds image-text pairs, always in the same order."""

    @property
    def name(self) -> str:
        """What the pairs are called in tables and in sample_id; no path of this machine is in it."""
        ...

    def describe(self) -> str:
        """Return one line on the form and the columns in use, for people."""
        ...

    def rows(self, skip: int = 0) -> Iterator[PairRow]:
        """Yield every row after the first `skip`, its picture read."""
        ...

    def batches(self, size: int, start: int = 0) -> Iterator[RowBatch]:
        """Yield all rows after the first `start` times `size`, in batches: one batch ends at every multiple of `size`,
        and others where the pictures that rows carry would exceed `BATCH_BYTES` (one picture always may).

        A picture that is readable from its `image_path` is not read yet: `with_picture` does, wherever the work is.
        """
        ...


class BatchedRows:
    """What turns `listed` into `rows` and `batches`, for a source to inherit."""

    def listed(self, skip: int = 0) -> Iterator[PairRow]:
        """Yield every row after the first `skip`, with `data` only where it is not readable from `image_path`."""
        raise NotImplementedError

    def rows(self, skip: int = 0) -> Iterator[PairRow]:
        """Yield every row after the first `skip`, its picture read."""
        return map(with_picture, self.listed(skip))

    def batches(self, size: int, start: int = 0) -> Iterator[RowBatch]:
        """Yield all rows after the first `start` times `size`, in batches: see `Source`."""
        check_batches(size, start)
        batch: list[PairRow] = []
        held = 0
        for number, row in enumerate(self.listed(start * size)):
            weight = len(row.data or b"")
            if batch and (number % size == 0 or held + weight > BATCH_BYTES):
                yield batch
                batch, held = [], 0
            batch.append(row)
            held += weight
        if batch:
            yield batch


def carried_bytes(batch: RowBatch) -> int:
    """Return the bytes of pictures that travel with `batch`."""
    return sum(len(row.data or b"") for row in batch) if isinstance(batch, list) else 0


def check_batches(size: int, start: int) -> None:
    """Raise ValueError where `size` or `start` of batches is impossible."""
    if size < 1 or start < 0:
        raise ValueError(f"size must be at least 1 and start at least 0; found {size} and {start}")


def with_picture(row: PairRow) -> PairRow:
    """Return `row` with its picture's bytes, read now if need be, or with the error that says why there are none."""
    if row.data is not None or row.error is not None or row.image_path is None:
        return row
    try:
        return row._replace(data=read_address(row.image_path))
    except PictureError as error:
        return row._replace(error=text_of(str(error)).text, image_path=None)


def sample_id_of(source_name: str, key: str) -> str:
    """Return the sample_id of the row `key` of a source: 32 hex digits, the same on every machine."""
    return stable_hash(source_name, key)
