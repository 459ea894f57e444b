"""Tars that are cut or damaged anywhere: rows before the damage survive, and the damage is told."""

from __future__ import annotations

import contextlib
import gzip
import tarfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tars import JPEG, numbered, write_tar

from toolkit.errors import SourceError
from toolkit.sources import open_source
from toolkit.sources.pairs import to_pairs_table

WHOLE = 4


def whole_tar(folder: Path, suffix: str) -> tuple[bytes, list[int]]:
    """Return a tar of four pairs, and where each of them is complete in it, unpacked."""
    path = write_tar(folder / "whole.tar", numbered(WHOLE))
    with tarfile.open(path) as archive:
        ends = [info.offset_data + info.size for info in archive if info.name.endswith("txt")]
    data = path.read_bytes()
    return (gzip.compress(data) if suffix == ".tar.gz" else data), ends


@given(st.floats(0, 1), st.sampled_from([".tar", ".tar.gz"]))
@settings(max_examples=60, deadline=None)
def test_a_cut_anywhere_leaves_the_rows_before_it_and_says_so(
    tmp_path_factory: pytest.TempPathFactory, share: float, suffix: str
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    data, ends = whole_tar(folder, suffix)
    cut = int(share * len(data))
    path = folder / f"cut{suffix}"
    path.write_bytes(data[:cut])
    if cut < (512 if suffix == ".tar" else len(data) // 4):  # it may not even begin
        with contextlib.suppress(SourceError):
            list(open_source(path).rows())
        return
    rows = list(open_source(path).rows())
    good = [row for row in rows if row.error is None and row.caption is not None]
    assert [(row.caption, row.data) for row in good] == [(f"portrait {i}", JPEG) for i in range(len(good))]
    if suffix == ".tar":
        assert len(good) == sum(end <= cut for end in ends)
        says_so = cut < -(-ends[-1] // 512) * 512 + 512  # the first block of zeros is whole
        assert str(rows[-1].error).startswith("truncated: ") == says_so
    else:
        there = len(zlib.decompressobj(31).decompress(data[:cut]))
        assert len(good) == sum(end <= there for end in ends)
        assert len(good) == WHOLE or str(rows[-1].error).startswith("truncated: ")


@given(st.lists(st.tuples(st.integers(0, 6000), st.integers(0, 255)), min_size=1, max_size=30), st.booleans())
@settings(max_examples=80, deadline=None)
def test_any_damage_gives_rows_or_one_error(
    tmp_path_factory: pytest.TempPathFactory, damage: list[tuple[int, int]], packed: bool
) -> None:
    folder = tmp_path_factory.mktemp("damage")
    data = bytearray(write_tar(folder / "whole.tar", numbered(2)).read_bytes())
    data = bytearray(gzip.compress(bytes(data))) if packed else data
    for place, value in damage:
        data[place % len(data)] = value
    path = folder / ("a.tar.gz" if packed else "a.tar")
    path.write_bytes(data)
    try:
        rows = list(open_source(path).rows())
    except SourceError:
        return
    assert to_pairs_table(rows).num_rows == len(rows) > 0
    assert all(row.data is not None or row.error for row in rows)
