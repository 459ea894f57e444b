"""Folders of pictures with captions beside them, the hostile one included."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hostile import LONG_CAPTION, encoded, photograph, write_hostile_folder

from toolkit.errors import PictureError, SourceError
from toolkit.images import decode
from toolkit.sources import open_source
from toolkit.sources.pairs import to_pairs_table
from toolkit.sources.picture_bytes import read_picture
from toolkit.sources.rows import sample_id_of


def write_pair(folder: Path, stem: str, caption: str, side: int = 32) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{stem}.png").write_bytes(encoded(photograph(side), "PNG"))
    (folder / f"{stem}.txt").write_text(caption, encoding="utf-8")


def test_every_file_of_a_hostile_folder_is_one_row_that_says_what_is_wrong(tmp_path: Path) -> None:
    expected = write_hostile_folder(tmp_path / "hostile")
    table = to_pairs_table(list(open_source(tmp_path / "hostile").rows()))
    found = {row["sample_id"]: row for row in table.to_pylist()}
    assert table.num_rows == len(expected)
    for name, hostile in expected.items():
        row = found[sample_id_of("hostile", name)]
        assert row["caption"] == hostile.caption, name
        assert (row["error"] or "None").split(":")[0] == str(hostile.error), name


def test_hostile_pictures_decode_or_fail_with_a_reason(tmp_path: Path) -> None:
    write_hostile_folder(tmp_path)
    shapes, failures = {}, {}
    for row in open_source(tmp_path).rows():
        name = Path(row.image_path or "none").name
        try:
            shapes[name] = decode(row.data or b"").shape
        except PictureError as error:
            failures[name] = error.kind
    assert shapes["exif-rotated.jpg"] == (96, 48, 3)
    assert shapes["long.png"] == (1, 20_000, 3)
    assert shapes["pixel.png"] == (1, 1, 3)
    assert {"cmyk.jpg", "sixteen-bit.png", "palette.png", "animated.gif"} <= set(shapes)
    assert failures["truncated.png"] == "truncated"
    assert failures["bomb.png"] == "too_many_pixels"


def test_captions_survive_as_they_were_written(tmp_path: Path) -> None:
    write_hostile_folder(tmp_path)
    captions = {Path(row.image_path).name: row.caption for row in open_source(tmp_path).rows() if row.image_path}
    assert captions["caption-nul.jpg"] == "an astro\0naut"
    assert captions["caption-long.jpg"] == LONG_CAPTION
    assert captions["no-caption.png"] is None


def test_ids_do_not_depend_on_where_the_folder_lies(tmp_path: Path) -> None:
    for place in ("one", "two/deeper"):
        write_pair(tmp_path / place / "set" / "sub", "a", "a portrait")
        write_pair(tmp_path / place / "set", "b", "another portrait")
    ids = [[row.sample_id for row in open_source(tmp_path / place / "set").rows()] for place in ("one", "two/deeper")]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 2


@pytest.mark.parametrize("start", [0, 1, 2, 3])
def test_batches_resume_where_they_are_asked_to(tmp_path: Path, start: int) -> None:
    for number in range(5):
        write_pair(tmp_path, f"{number}", f"portrait {number}")
    whole = list(open_source(tmp_path).batches(2))
    assert [len(batch) for batch in whole] == [2, 2, 1]
    assert list(open_source(tmp_path).batches(2, start=start)) == whole[start:]


def test_a_json_beside_a_picture_fills_the_other_columns(tmp_path: Path) -> None:
    write_pair(tmp_path, "a", "a portrait")
    (tmp_path / "a.json").write_text('{"url": "https://example.org/a.jpg", "license": "CC0", "width": NaN}')
    (row,) = open_source(tmp_path).rows()
    assert (row.caption, row.url, row.license) == ("a portrait", "https://example.org/a.jpg", "CC0")
    assert row.meta == '{"width": null}'


def test_pictures_are_read_again_by_their_path(tmp_path: Path) -> None:
    write_pair(tmp_path, "a", "a portrait")
    (pair,) = to_pairs_table(list(open_source(tmp_path).rows())).to_pylist()
    assert pair["image"]["bytes"] is None
    assert read_picture(pair["image"]) == (tmp_path / "a.png").read_bytes()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_named_as_a_picture_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    write_pair(tmp_path, "a", "a portrait")
    os.mkfifo(tmp_path / "b.png")
    rows = list(open_source(tmp_path).rows())
    assert [row.error for row in rows] == [None, "unreadable: 'b.png' is not a regular file"]


def test_a_circle_of_links_ends(tmp_path: Path) -> None:
    write_pair(tmp_path, "a", "a portrait")
    (tmp_path / "again").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    assert len(list(open_source(tmp_path).rows())) == 1


def test_inputs_that_hold_no_pairs_say_what_was_looked_for_and_found(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "a.png").write_bytes(encoded(photograph(16), "PNG"))
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.docx").write_bytes(b"PK")
    run = tmp_path / "run"
    run.mkdir()
    (run / "run.json").write_text("{}")
    for path, message in [
        (tmp_path / "not-there", "does not exist; expected a folder with metadata.csv"),
        (tmp_path / "not-there.csv", "does not exist"),
        (empty, "is an empty folder"),
        (bare, "has no captions: 1 or more pictures"),
        (other, r"holds 1 \.docx; expected"),
        (other / "thesis.docx", r"is a \.docx; expected"),
        (run, "is a run folder"),
    ]:
        with pytest.raises(SourceError, match=message):
            open_source(path)
