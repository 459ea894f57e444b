"""Opening pictures again by what a row says of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.errors import PictureError
from toolkit.images import Limits
from toolkit.sources.picture_bytes import read_picture, tar_address


def test_bytes_in_the_row_come_first(tmp_path: Path) -> None:
    assert read_picture({"bytes": b"abc", "path": "not-there.jpg"}, tmp_path) == b"abc"


def test_paths_are_relative_to_the_base_unless_absolute(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"abc")
    assert read_picture({"bytes": None, "path": "a.jpg"}, tmp_path) == b"abc"
    assert read_picture({"bytes": None, "path": str(tmp_path / "a.jpg")}, "elsewhere") == b"abc"


@given(st.binary(max_size=40), st.binary(min_size=1, max_size=40), st.text(max_size=20))
def test_a_stretch_of_a_tar_is_found_whatever_its_member_is_called(
    tmp_path_factory: pytest.TempPathFactory, before: bytes, picture: bytes, member: str
) -> None:
    tar = tmp_path_factory.mktemp("tars") / "a::b.tar"
    tar.write_bytes(before + picture + b"after")
    path = tar_address(tar, len(before), len(picture), member)
    assert read_picture({"bytes": None, "path": path}) == picture


@pytest.mark.parametrize(
    ("image", "kind"),
    [
        (None, "no_picture"),
        ({"bytes": None, "path": None}, "no_picture"),
        ({"bytes": None, "path": ""}, "no_picture"),
        ({"bytes": None, "path": "not-there.jpg"}, "missing"),
        ({"bytes": None, "path": "a\0b.jpg"}, "unreadable"),
        ({"bytes": None, "path": "x" * 5000}, "unreadable"),
        ({"bytes": None, "path": "."}, "unreadable"),
        ({"bytes": None, "path": "a.tar::2+5::b.jpg"}, "truncated"),
        ({"bytes": None, "path": "a.tar::0+999999999999::b.jpg"}, "too_many_bytes"),
        ({"bytes": b"abcd", "path": None}, "too_many_bytes"),
        ({"bytes": None, "path": "a.tar"}, "too_many_bytes"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, image: dict[str, object] | None, kind: str) -> None:
    (tmp_path / "a.tar").write_bytes(b"abcd")
    limits = Limits(max_bytes=3 if kind == "too_many_bytes" else 100)
    with pytest.raises(PictureError) as caught:
        read_picture(image, tmp_path, limits)
    assert caught.value.kind == kind
