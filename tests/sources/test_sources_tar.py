"""WebDataset tars, the hostile kinds included."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import tracemalloc
from pathlib import Path

import pytest
import webdataset
from tars import END, JPEG, member, numbered, raw_header, write_members, write_tar

from toolkit.errors import SourceError
from toolkit.sources import open_source
from toolkit.sources.pairs import to_pairs_table
from toolkit.sources.picture_bytes import read_picture


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


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (tarfile.CHRTYPE, "is a device"),
        (tarfile.BLKTYPE, "is a device"),
        (tarfile.FIFOTYPE, "is a pipe"),
        (tarfile.SYMTYPE, "is a link"),
        (tarfile.LNKTYPE, "is a link"),
        (tarfile.GNUTYPE_SPARSE, "is a sparse file"),
        (b"Z", "is of the unknown type b'Z'"),
    ],
)
def test_what_is_not_regular_is_a_row_that_says_so(tmp_path: Path, kind: bytes, words: str) -> None:
    header = raw_header(member("1.jpg", size=0, linkname="2.jpg"), type=kind)
    rest = write_tar(tmp_path / "rest.tar", [("2.jpg", JPEG)]).read_bytes()
    (tmp_path / "a.tar").write_bytes(header + rest)
    odd, good = open_source(tmp_path / "a.tar").rows()
    assert words in str(odd.error)
    assert (odd.data, good.data, good.error) == (None, JPEG, None)


def test_a_tar_writes_nothing_anywhere(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    names = [
        "../up.jpg",
        str(tmp_path / "absolute.jpg"),
        "a/../../b.jpg",
        "C:\\windows.jpg",
        "..\\back.jpg",
        "..",
        "x/..",
    ]
    rows = list(open_source(write_members(inside / "a.tar", [member(name) for name in names])).rows())
    assert ["leads out of the archive" in str(row.error) for row in rows] == [True] * len(names)
    assert [one.relative_to(tmp_path).as_posix() for one in tmp_path.rglob("*")] == ["inside", "inside/a.tar"]


def test_pax_headers_that_claim_or_hold_much_are_damage(tmp_path: Path) -> None:
    good = member("1.jpg")
    with tarfile.open(tmp_path / "huge.tar", "w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(good, io.BytesIO(JPEG))
        archive.addfile(member("2.jpg", pax_headers={"comment": "x" * (8 << 20)}), io.BytesIO(JPEG))
    claims = raw_header(member("pax", size=1 << 40), type=tarfile.XHDTYPE)
    (tmp_path / "claims.tar").write_bytes(good.tobuf() + JPEG.ljust(END - 512, b"\0") + claims)
    for name in ("huge.tar", "claims.tar"):
        first, end = open_source(tmp_path / name).rows()
        assert (first.data, first.error) == (JPEG, None)
        assert "headers of one member claim over 1048576 bytes" in str(end.error)


def test_pax_headers_of_an_honest_size_are_read(tmp_path: Path) -> None:
    path = write_members(tmp_path / "a.tar", [member("päx/" + "x" * 3000 + ".jpg")], format=tarfile.PAX_FORMAT)
    (row,) = open_source(path).rows()
    assert row.data == JPEG
    assert json.loads(row.meta)["key"].startswith("päx/xxx")


@pytest.mark.parametrize("headers", [1, 5000])
def test_headers_of_headers_end_somewhere(tmp_path: Path, headers: int) -> None:
    chain = raw_header(member("pax", size=0), type=tarfile.XHDTYPE) * headers
    (tmp_path / "a.tar").write_bytes(write_tar(tmp_path / "b.tar", [("1.jpg", JPEG)]).read_bytes()[:END] + chain)
    rows = list(open_source(tmp_path / "a.tar").rows())
    assert rows[0].data == JPEG
    assert str(rows[-1].error).startswith("truncated: a.tar is damaged")


@pytest.mark.parametrize("size", [b"\xff" * 12, b"\xff" * 8 + b"\xff\xff\xfe\x00"])
def test_a_negative_size_does_not_lead_back(tmp_path: Path, size: bytes) -> None:
    whole = write_tar(tmp_path / "b.tar", [("1.jpg", JPEG)]).read_bytes()
    (tmp_path / "a.tar").write_bytes(whole[:END] + raw_header(member("2.jpg"), size=size) + whole)
    rows = list(open_source(tmp_path / "a.tar").rows())
    assert rows[0].data == JPEG
    assert "damaged" in str(rows[-1].error)


def test_one_bad_tar_of_several_is_a_row_also_when_resumed(tmp_path: Path) -> None:
    folder = tmp_path / "shards"
    folder.mkdir()
    for shard in range(3):
        write_tar(folder / f"{shard}.tar", numbered(1))
    (folder / "0.tar").write_bytes(b"")
    (folder / "1.tar").write_bytes((folder / "1.tar").read_bytes()[:1500])
    source = open_source(folder)
    rows = list(source.rows())
    assert [(row.error or "none").split(":")[0] for row in rows] == ["unreadable", "truncated", "truncated", "none"]
    for skip in range(5):
        assert list(source.rows(skip)) == rows[skip:]


def test_captions_that_break_other_readers_are_rows(tmp_path: Path) -> None:
    captions = [
        b"nul \0 inside",
        "half a pair \ud83d".encode("utf-8", "surrogatepass"),
        b"word " * 210_000,
        b"\xff\xfe",
    ]
    members = [
        (f"{number}.{suffix}", data)
        for number, caption in enumerate(captions)
        for suffix, data in (("jpg", JPEG), ("txt", caption))
    ]
    members += [("4.jpg", JPEG), ("4.txt", b"x" * (5 << 20))]
    rows = list(open_source(write_tar(tmp_path / "a.tar", members)).rows())
    assert to_pairs_table(rows).num_rows == 5
    assert rows[0].caption == "nul \0 inside"
    assert "\ufffd" in str(rows[1].caption)
    assert json.loads(rows[1].meta)["caption_surrogates_replaced"] is True
    assert len(str(rows[2].caption)) == 5 * 210_000
    assert rows[4].error == f"too_many_bytes: {5 << 20} bytes; the limit is {4 << 20}"


@pytest.mark.parametrize("skip", range(5))
def test_a_compressed_tar_is_read_forward_only(tmp_path: Path, skip: int, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(write_tar(tmp_path / "a.tar", numbered(4)).read_bytes()))
    source = open_source(path)
    rows = list(source.rows())

    def refuse(reader: object) -> None:
        raise AssertionError("the whole file would be unpacked again for one member")

    monkeypatch.setattr("_compression.DecompressReader._rewind", refuse)
    assert list(source.rows(skip)) == rows[skip:]


def test_a_compressed_bomb_is_a_row_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        for info in (member("1.jpg", size=200 << 20), member("1.txt", size=100 << 20), member("2.jpg")):
            archive.addfile(info, Zeros() if info.size > 1 << 20 else io.BytesIO(JPEG))
    tracemalloc.start()
    rows = list(open_source(path).rows())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [(row.error or "none").split(":")[0] for row in rows] == ["too_many_bytes", "none"]
    assert peak < 8 << 20


class Zeros:
    """A file of zeros without end."""

    def read(self, size: int) -> bytes:
        return bytes(size)


def test_what_is_no_tar_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(b"not a tar, though long enough to be looked at" * 40)
    with pytest.raises(SourceError, match="not a readable tar"):
        open_source(tmp_path / "a.tar")
    with pytest.raises(SourceError, match="holds no files"):
        open_source(write_tar(tmp_path / "b.tar", []))
