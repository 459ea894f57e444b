"""Headers read without Pillow say what Pillow says, on whole, damaged and hostile bytes, or leave it to Pillow."""

from __future__ import annotations

import io
import warnings
import zlib

import pytest
from hostile import hostile_files
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from saved_pictures import every

from toolkit.codecs.fastest import layout
from toolkit.images import FORMATS

FILES = every()
HARD = {"mpo", "png animated", "webp animated"}  # left to Pillow
ODD = {
    "jpeg cmyk",
    "png of two colours",
    "png palette",
    "png palette transparent",
    "png colour key",
    "png grey alpha",
    "png sixteen bits",
}
TURNED = {"jpeg turned", "jpeg turned by xmp", "png turned", "webp turned"}


def by_pillow(data: bytes) -> tuple[int, int, str | None, bool] | None:
    """Return what Pillow says; None where it refuses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                size = image.width, image.height, image.format
                try:
                    return *size, bool(getattr(image, "is_animated", False))
                except Exception:  # the second frame is damaged
                    return *size, False
        except Exception:
            return None


@pytest.mark.parametrize("name", FILES)
def test_a_header_says_what_pillow_says(name: str) -> None:
    found = layout(FILES[name])
    assert (found is None) == (name in HARD)
    if found is not None:
        assert tuple(found[:4]) == by_pillow(FILES[name])
        assert found.plain == (name not in ODD | TURNED and not name.startswith("gif"))


def test_the_hostile_folder_says_what_pillow_says() -> None:
    for name, (data, _) in hostile_files().items():
        found = layout(data)
        pillow = by_pillow(data)
        assert found is None or pillow in (None, tuple(found[:4])), name
        assert found is None or pillow is not None or found.width * found.height > 2 * Image.MAX_IMAGE_PIXELS, name


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A file with bytes changed, cut out and put in; a PNG mostly with its checksums made right again."""
    name = draw(st.sampled_from(sorted(FILES)))
    data = bytearray(FILES[name])
    last = draw(st.sampled_from([64, 400, len(data)]))
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, max(0, min(last, len(data)) - 1)))
        cut = draw(st.sampled_from([0, 1, 1, 1, 2, 4]))
        data[at : at + cut] = draw(st.binary(min_size=0, max_size=4) | st.sampled_from([b"\0", b"\xff", b"\1"]))
    if draw(st.booleans()):
        del data[draw(st.integers(0, len(data))) :]
    return with_checksums(bytes(data)) if name.startswith("png") and draw(st.booleans()) else bytes(data)


def with_checksums(data: bytes) -> bytes:
    """Return a PNG with the checksum of each of its chunks made right."""
    made, at = data[:8], 8
    while at + 12 <= len(data):
        stop = at + 8 + int.from_bytes(data[at : at + 4], "big")
        if stop + 4 > len(data):
            break
        made += data[at:stop] + zlib.crc32(data[at + 4 : stop]).to_bytes(4, "big")
        at = stop + 4
    return made + data[at:]


@settings(max_examples=600, deadline=None)
@given(damaged())
def test_damaged_headers_say_what_pillow_says_or_nothing(data: bytes) -> None:
    found = layout(data)
    if found is not None:
        assert found.width > 0
        assert found.height > 0
        pillow = by_pillow(data)
        assert pillow is None or tuple(found[:4]) == pillow


@given(
    st.binary(max_size=80), st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBPVP8 ", b"GIF89a"])
)
def test_rubbish_after_a_signature_is_left_to_pillow(rubbish: bytes, signature: bytes) -> None:
    found = layout(signature + rubbish)
    pillow = by_pillow(signature + rubbish)
    assert found is None or pillow is None or tuple(found[:4]) == pillow
