"""Parquet with pictures as bytes, structs and paths; pairs tables; damage."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hostile import encoded, photograph

from toolkit.errors import SourceError
from toolkit.sources import open_source
from toolkit.sources.pairs import to_pairs_table
from toolkit.sources.picture_bytes import read_picture

JPEG = encoded(photograph(40), "JPEG")


def write(path: Path, columns: dict[str, object], rows_a_group: int = 3) -> Path:
    pq.write_table(pa.table(columns), path, row_group_size=rows_a_group)
    return path


@pytest.mark.parametrize("image", ["bytes", "struct with bytes", "struct with path", "path"])
def test_pictures_come_as_bytes_structs_or_paths(tmp_path: Path, image: str) -> None:
    (tmp_path / "a.jpg").write_bytes(JPEG)
    value = {
        "bytes": JPEG,
        "struct with bytes": {"bytes": JPEG, "path": "elsewhere.jpg"},
        "struct with path": {"bytes": None, "path": "a.jpg"},
        "path": "a.jpg",
    }[image]
    path = write(tmp_path / "t.parquet", {"image": [value], "caption": ["an astronaut"], "similarity": [0.3]})
    rows = list(open_source(path).rows())
    (pair,) = to_pairs_table(rows).to_pylist()
    assert (rows[0].data, pair["caption"], pair["width"], pair["error"]) == (JPEG, "an astronaut", 40, None)
    assert pair["meta"] == '{"similarity": 0.3}'
    assert read_picture(pair["image"]) == JPEG
    assert (pair["image"]["bytes"] is None) == ("path" in image)


@pytest.mark.parametrize("skip", [0, 1, 3, 4, 7, 10, 11])
def test_resuming_gives_the_same_rows(tmp_path: Path, skip: int) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(2):
        write(folder / f"{number}.parquet", {"text": [f"{number}/{one}" for one in range(5)], "image": [JPEG] * 5})
    source = open_source(folder)
    rows = list(source.rows())
    assert [row.caption for row in rows] == [f"{number}/{one}" for number in range(2) for one in range(5)]
    assert len({row.sample_id for row in rows}) == 10
    assert list(source.rows(skip)) == rows[skip:]


def test_text_that_is_not_utf8_is_replaced(tmp_path: Path) -> None:
    bad = pa.Array.from_buffers(pa.string(), 1, pa.array([b"caf\xe9"], pa.binary()).buffers())
    path = write(tmp_path / "t.parquet", {"text": bad, "image": [JPEG]})
    (row,) = open_source(path).rows()
    assert row.caption == "caf\ufffd"
    assert row.meta == '{"caption_surrogates_replaced": true}'


def test_a_damaged_row_group_is_as_many_recorded_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "t.parquet", {"text": [f"caption {n}" for n in range(9)], "image": [JPEG] * 9})
    start = pq.read_metadata(path).row_group(1).column(1).data_page_offset
    data = bytearray(path.read_bytes())
    data[start : start + 40] = b"\xff" * 40
    path.write_bytes(data)
    rows = list(open_source(path).rows())
    assert len(rows) == 9
    assert [row.error is None for row in rows] == [True] * 3 + [False] * 3 + [True] * 3
    assert str(rows[4].error).startswith("bad_row: row group 1 cannot be read")
    assert list(open_source(path).rows(4)) == rows[4:]


def test_a_table_of_addresses_is_recorded(tmp_path: Path) -> None:
    path = write(tmp_path / "laion.parquet", {"URL": ["https://example.org/a.jpg"], "TEXT": ["an astronaut"]})
    (row,) = open_source(path).rows()
    assert (row.url, row.error) == (
        "https://example.org/a.jpg",
        "not_downloaded: the row has only an address, and nothing here downloads",
    )


def test_pairs_tables_keep_their_ids_and_all_columns(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,image,license\nan astronaut,a.jpg,CC0\ngone,b.jpg,CC0\n")
    (tmp_path / "a.jpg").write_bytes(JPEG)
    table = to_pairs_table(list(open_source(tmp_path / "a.csv").rows()))
    pq.write_table(table, tmp_path / "pairs.parquet")
    again = to_pairs_table(list(open_source(tmp_path / "pairs.parquet").rows()))
    assert again.equals(table)


def test_what_is_no_parquet_or_has_no_captions_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and then nothing")
    with pytest.raises(SourceError, match="not a readable Parquet file"):
        open_source(tmp_path / "a.parquet")
    with pytest.raises(SourceError, match="has no captions"):
        open_source(write(tmp_path / "b.parquet", {"image": [JPEG]}))
    with pytest.raises(SourceError, match="holds no rows"):
        open_source(
            write(tmp_path / "c.parquet", {"text": pa.array([], pa.string()), "image": pa.array([], pa.string())})
        )
