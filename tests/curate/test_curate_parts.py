"""Copies that show more or less of a picture: cut, laid on white, framed; and pictures that only seem to be such."""

from __future__ import annotations

import io
import json
from collections import defaultdict
from importlib import resources
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image, ImageOps
from skimage import data

from toolkit.curate.duplicates.alignment import align
from toolkit.curate.duplicates.colours import colour_grids
from toolkit.curate.duplicates.content import content_box
from toolkit.curate.duplicates.fingerprint_file import fingerprint_file
from toolkit.curate.duplicates.fingerprints import Fingerprints
from toolkit.curate.duplicates.look_matches import look_matches
from toolkit.curate.duplicates.looks import Looks
from toolkit.curate.duplicates.shown import CONTENT_SIDE, Shown
from toolkit.curate.scorer import Batch
from toolkit.images import decode

LOOKS = Looks(10, 2.5, 4.5)
DRAWINGS = 80
PHOTOGRAPHS = ("astronaut", "chelsea", "coffee", "rocket")


def _cropped(picture: Image.Image) -> Image.Image:
    across, down = round(picture.width * 0.05), round(picture.height * 0.05)
    return picture.crop((across, down, picture.width - across, picture.height - down))


def _bordered(picture: Image.Image, colour: str) -> Image.Image:
    return ImageOps.expand(picture, round(max(picture.size) * 0.05), colour)


COPIES = {  # how a copy is made, and the share of drawings of which it is found at least
    "cropped": (_cropped, 0.8),
    "on white": (lambda picture: _bordered(picture, "white"), 0.9),
    "framed": (lambda picture: _bordered(picture, "black"), 0.85),
    "on white and framed": (lambda picture: _bordered(_bordered(picture, "white"), "black"), 0.85),
    "on white and mirrored": (lambda picture: ImageOps.mirror(_bordered(picture, "white")), 0.9),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prints")


@pytest.fixture(scope="module")
def drawings(folder: Path) -> list[Image.Image]:
    """Drawings of which none looks like an earlier one."""
    pictures = [_picture(row) for row in _sample("openclipart").slice(0, DRAWINGS).to_pylist()]
    rows = _prints(pictures)
    with fingerprint_file(folder) as prints:
        prints.add(rows)
        earlier = [look_matches(rows.slice(row, 1), rows.slice(0, row), prints, LOOKS) for row in range(DRAWINGS)]
    chosen = [one for one, found in zip(pictures, earlier, strict=True) if not len(found.rows)]
    assert len(chosen) > DRAWINGS / 2
    return chosen


def _sample(name: str) -> pa.Table:
    return pq.read_table(resources.files("toolkit.zoo") / "sample" / f"{name}.parquet", columns=["image", "meta"])


def _picture(row: dict[str, dict[str, bytes]]) -> Image.Image:
    return Image.fromarray(decode(row["image"]["bytes"]))


def _photograph(name: str) -> Image.Image:
    return Image.fromarray(getattr(data, name)()).resize((240, 160))


def _matches(folder: Path, pictures: list[Image.Image], others: list[Image.Image]) -> dict[int, int]:
    """Return which of `pictures` looks like which of `others`, as they are saved, whatever is said of them."""
    tables = [_prints(some) for some in (pictures, others)]
    with fingerprint_file(folder) as prints:
        for one in tables:
            prints.add(one)
        found = look_matches(*tables, prints, LOOKS)
    return dict(zip(found.rows.tolist(), found.theirs.tolist(), strict=True))


def _prints(pictures: list[Image.Image]) -> pa.Table:
    scored = Fingerprints().score(Batch(thumbnails=[decode(_jpeg(one), longest_side=128) for one in pictures]))
    return pa.table({name: pa.array(scored[name], kind) for name, kind in Fingerprints().columns.items()})


def _jpeg(picture: Image.Image) -> bytes:
    sink = io.BytesIO()
    picture.save(sink, "JPEG", quality=85)
    return sink.getvalue()


@pytest.mark.parametrize("kind", COPIES)
def test_copies_of_drawings_are_found_and_no_others(kind: str, folder: Path, drawings: list[Image.Image]) -> None:
    copy, least = COPIES[kind]
    found = _matches(folder, [copy(one) for one in drawings], drawings)
    assert all(own == other for own, other in found.items())
    assert len(found) >= least * len(drawings)


def test_drawings_on_the_same_white_are_different_drawings(folder: Path, drawings: list[Image.Image]) -> None:
    def placed(picture: Image.Image) -> Image.Image:
        white = Image.new("RGB", (256, 256), "white")
        white.paste(picture.resize((100, 100)), (78, 78))
        return white

    bordered = [_bordered(placed(one), "white") for one in drawings]
    found = _matches(folder, bordered, [placed(one) for one in drawings])
    assert all(own == other for own, other in found.items())
    assert len(found) >= 0.9 * len(drawings)


@pytest.mark.parametrize("copy", ["cropped", "on white", "framed"])
def test_copies_of_one_skin_tone_are_no_copies_of_another(copy: str, folder: Path) -> None:
    """Nor of another gender: by the pictures alone, where captions would forbid it as well."""
    variants: dict[str, list[Image.Image]] = defaultdict(list)
    for row in _sample("emoji").to_pylist():
        told = json.loads(row["meta"])
        if told["skin_tone"] is not None and told["gender"] is not None and "noto" in told["creator"].lower():
            variants[told["base"]].append(_picture(row))
    families = [family for family in variants.values() if len(family) > 4][:12]
    assert families
    known = 0
    for family in families:
        found = _matches(folder, [COPIES[copy][0](one) for one in family], family)
        assert all(own == other for own, other in found.items())
        known += len(found)
    assert known >= 0.7 * sum(map(len, families))


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_parts_of_a_photograph_that_overlap_are_two_pictures(name: str, folder: Path) -> None:
    whole = Image.fromarray(getattr(data, name)()).crop((0, 0, 290, 290))
    left, right = whole.crop((0, 0, 250, 250)), whole.crop((15, 12, 265, 262))
    assert _matches(folder, [left], [right]) == {}
    assert _matches(folder, [left.crop((0, 0, 230, 230))], [left]) == {0: 0}


def test_pictures_that_are_as_good_as_blank_are_no_copies_of_each_other(folder: Path) -> None:
    def marked(colour: tuple[int, int, int], size: tuple[int, int]) -> Image.Image:
        white = Image.new("RGB", (180, 256), "white")
        white.paste(Image.new("RGB", size, colour), (85, 120))
        return white

    marks = [marked((200, 40, 30), (9, 5)), marked((230, 190, 20), (14, 4)), marked((20, 20, 20), (6, 7))]
    for place, one in enumerate(marks):
        others = [other for number, other in enumerate(marks) if number != place]
        assert _matches(folder, [_bordered(one, "white")], others) == {}


def _drawing() -> np.ndarray:
    """A coloured drawing, 80 x 60 px, without white."""
    return np.asarray(_photograph("coffee").resize((80, 60))) // 2


@pytest.mark.parametrize("colour", ["black", "white", "navy"])
def test_frames_and_white_are_left_out_of_what_a_picture_shows(colour: str) -> None:
    white = np.asarray(ImageOps.expand(Image.fromarray(_drawing()), (9, 12, 20, 5), "white"))
    assert content_box(white) == pytest.approx((9, 12, 89, 72), abs=1)  # a straight edge may be half white
    framed = np.asarray(ImageOps.expand(Image.fromarray(white), 6, colour))
    left, top, right, bottom = content_box(framed)
    assert (left, top, right, bottom) == pytest.approx((15, 18, 95, 78), abs=2)


def test_a_picture_without_a_frame_shows_all_of_itself() -> None:
    assert content_box(_drawing()) == (0, 0, 80, 60)
    blank = np.full((40, 50, 3), 255, np.uint8)
    assert content_box(blank) == (0, 0, 50, 40)
    stripe = _drawing().copy()
    stripe[:10] = 0
    assert content_box(stripe) == (0, 0, 80, 60), "a dark stripe at one side is part of the picture"


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_the_part_that_a_crop_shows_is_found_to_a_hundredth(name: str) -> None:
    whole = _photograph(name)
    part = whole.crop((12, 6, 228, 150))
    shown = [
        Shown.of(colour_grids([np.asarray(one)], CONTENT_SIDE), np.array([[0, 0, 1, 1, 1.5]], np.float32))
        for one in (whole, part)
    ]
    alive, windows = align(*shown, np.array([[0, 0, 1, 1]], np.float32))
    assert alive.tolist() == [0]
    assert windows[0] == pytest.approx((0.05, 0.0375, 0.95, 0.9375), abs=0.01)


def test_other_pictures_are_not_aligned() -> None:
    shown = [
        Shown.of(colour_grids([np.asarray(_photograph(name))], CONTENT_SIDE), np.array([[0, 0, 1, 1, 1.5]], np.float32))
        for name in ("coffee", "rocket")
    ]
    alive, _ = align(*shown, np.array([[0, 0, 1, 1]], np.float32))
    assert alive.tolist() == []
