"""WebDataset tars, the hostile kinds included."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from pathlib import Path

import pytest
import webdataset
from hostile import encoded, photograph

from toolkit.errors import SourceError
from toolkit.sources import open_source
from toolkit.sources.pairs import to_pairs_table
from toolkit.sources.picture_bytes import read_picture

JPEG = encoded(photograph(40), "JPEG")


def write_tar(path: Path, members: list[tuple[str, bytes]]) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def numbered(count: int) -> list[tuple[str, bytes]]:
    return [
        (f"{number:03d}.{suffix}", data)
        for number in range(count)
        for suffix, data in (("jpg", JPEG), ("txt", f"portrait {number}".encode()))
    ]


def test_what_webdataset_writes_is_read_in_its_order(tmp_path: Path) -> None:
    with webdataset.TarWriter(str(tmp_path / "00000.tar")) as sink:
        for number in range(3):
            meta = {"url": f"https://example.org/{number}", "similarity": 0.25}
            sink.write({"__key__": f"{number:03d}", "jpg": JPEG, "txt": f"portrait {number}", "json": meta})
    rows = list(open_source(tmp_path / "00000.tar").rows())
    assert [row.caption for row in rows] == ["portrait 0", "portrait 1", "portrait 2"]
    assert rows[2].url == "https://example.org/2"
    assert json.loads(rows[2].meta) == {"key": "002", "similarity": 0.25}
    pairs = to_pairs_table(rows).to_pylist()
    assert all(pair["image"]["bytes"] is None and read_picture(pair["image"]) == JPEG for pair in pairs)


@pytest.mark.parametrize("skip", range(6))
def test_resuming_across_tars_gives_the_same_rows(tmp_path: Path, skip: int) -> None:
    folder = tmp_path / "shards"
    folder.mkdir()
    for shard in range(2):
        write_tar(folder / f"{shard:05d}.tar", numbered(2))
    source = open_source(folder)
    rows = list(source.rows())
    assert len({row.sample_id for row in rows}) == 4
    assert list(source.rows(skip)) == rows[skip:]


def test_the_caption_may_be_in_the_json(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "a.tar", [("1.jpg", JPEG), ("1.json", b'{"caption": "from json", "title": "a title"}')])
    assert next(open_source(path).rows()).caption == "from json"
    assert next(open_source(path, caption_column="title").rows()).caption == "a title"


def test_compressed_tars_keep_their_bytes_in_the_row(tmp_path: Path) -> None:
    plain = write_tar(tmp_path / "a.tar", numbered(2)).read_bytes()
    (tmp_path / "b.tar.gz").write_bytes(gzip.compress(plain))
    pairs = to_pairs_table(list(open_source(tmp_path / "b.tar.gz").rows())).to_pylist()
    assert [pair["image"] for pair in pairs] == [{"bytes": JPEG, "path": None}] * 2


def test_members_that_lead_out_and_links_are_recorded_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "evil.tar"
    with tarfile.open(path, "w") as archive:
        for name in ("../outside.jpg", "/etc/absolute.jpg", "a/../../b.jpg"):
            info = tarfile.TarInfo(name)
            info.size = len(JPEG)
            archive.addfile(info, io.BytesIO(JPEG))
        for name, kind in (
            ("hard.jpg", tarfile.LNKTYPE),
            ("soft.jpg", tarfile.SYMTYPE),
            ("pipe.jpg", tarfile.FIFOTYPE),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        info = tarfile.TarInfo("good.jpg")
        info.size = len(JPEG)
        archive.addfile(info, io.BytesIO(JPEG))
    rows = list(open_source(path).rows())
    assert [(row.error or "none").split(":")[0] for row in rows] == ["unsafe_member"] * 6 + ["none"]
    assert [row.data for row in rows[:6]] == [None] * 6
    assert "is a link to '/etc/passwd'" in str(rows[3].error)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["evil.tar"]


def test_groups_without_a_picture_or_caption_are_rows(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "a.tar", [("1.txt", b"alone"), ("2.jpg", JPEG), ("3.JPG", JPEG), ("3.txt", b"upper")])
    alone, bare, upper = open_source(path).rows()
    assert (alone.caption, alone.error) == ("alone", "no_picture: the members of '1' are txt")
    assert (bare.caption, bare.error) == (None, None)
    assert (upper.caption, upper.data) == ("upper", JPEG)


def test_equal_names_stay_different_rows(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "a.tar", [("1.jpg", JPEG), ("1.txt", b"one"), ("1.jpg", JPEG), ("1.txt", b"two")])
    rows = list(open_source(path).rows())
    assert [row.caption for row in rows] == ["one", "two"]
    assert to_pairs_table(rows).num_rows == 2


@pytest.mark.parametrize("damage", ["cut in a picture", "cut in a header", "header overwritten"])
def test_damage_is_a_recorded_row_after_the_good_ones(tmp_path: Path, damage: str) -> None:
    path = write_tar(tmp_path / "a.tar", numbered(4))
    data = bytearray(path.read_bytes())
    third = data.index(b"002.jpg")
    if damage == "header overwritten":
        data[third : third + 512] = b"\xaa" * 512
    else:
        del data[third + (700 if "picture" in damage else 100) :]
    path.write_bytes(data)
    rows = list(open_source(path).rows())
    assert [row.caption for row in rows[:2]] == ["portrait 0", "portrait 1"]
    assert rows[-1].error is not None
    assert rows[-1].error.startswith("truncated: ")
    assert to_pairs_table(rows).num_rows == len(rows)


def test_what_is_no_tar_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(b"not a tar, though long enough to be looked at" * 40)
    with pytest.raises(SourceError, match="not a readable tar"):
        open_source(tmp_path / "a.tar")
    with pytest.raises(SourceError, match="holds no files"):
        open_source(write_tar(tmp_path / "b.tar", []))
