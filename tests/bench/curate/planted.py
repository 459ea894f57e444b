"""Planted copies: originals that are clearly different from one another, and the ways in which people copy pictures."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from itertools import islice, product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from curate.corpus import longest_side, on_white
from curate.matches import ORIGINAL, Planted
from curate.originals import Original

QUALITY = 85
TILE = 256
MIN_SIDE, MAX_SIDE = 128, 512
MAX_CORRELATION = 0.8
MAX_SHOWN_CORRELATION = 0.95  # of one drawing that lies elsewhere in its picture; of two drawn alike it is less
_BLANK = 8.0  # standard deviation of luminance, of 255, below which a picture has no shape to compare
_GROUND = 24  # of 255 in any channel: what differs more from the colour of the edges is what a picture shows
PHOTOGRAPHS = (
    "astronaut.png", "camera.png", "chelsea.png", "coffee.png", "coins.png", "hubble_deep_field.jpg", "ihc.png",
    "moon.png", "motorcycle_left.png", "retina.jpg", "rocket.jpg",
)  # fmt: skip
TEXTURES = ("brick.png", "grass.png", "gravel.png")  # one tile each: all of them look alike
TILES = 6

STATED = (
    f"originals are pairwise different: 32 x 32 luminance of any two correlates at most {MAX_CORRELATION}, and without "
    f"the ground around what they show at most {MAX_SHOWN_CORRELATION}, mirrored or not, whatever a tool's hash says; "
    "one that correlates more with an earlier one is left out, blank ones too"
)


def _resized(picture: Image.Image) -> Image.Image:
    size = max(1, picture.width // 2), max(1, picture.height // 2)
    return picture.resize(size, Image.Resampling.LANCZOS)


def _cropped(picture: Image.Image) -> Image.Image:
    across, down = round(picture.width * 0.05), round(picture.height * 0.05)
    return picture.crop((across, down, picture.width - across, picture.height - down))


def _bordered(picture: Image.Image, colour: str) -> Image.Image:
    return ImageOps.expand(picture, round(max(picture.size) * 0.05), colour)


TRANSFORMS: dict[str, tuple[Callable[[Image.Image], Image.Image], int]] = {  # and the quality that is saved with
    "resized 50 %": (_resized, QUALITY),
    "recompressed q50": (lambda picture: picture, 50),
    "cropped 10 %": (_cropped, QUALITY),
    "flipped": (ImageOps.mirror, QUALITY),
    "white border": (lambda picture: _bordered(picture, "white"), QUALITY),
    "black border": (lambda picture: _bordered(picture, "black"), QUALITY),
}


def plant(originals: Sequence[Original], drawn: int, folder: Path) -> dict[str, Planted]:
    """Write JPEGs of `drawn` drawn originals and of natural ones, and their copies, to `folder`; return what is what.

    Natural originals are 256 px tiles of the photographs that scikit-image carries.
    """
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "images").mkdir(parents=True)
    drawings = [(one.caption, picture) for one in originals[: 20 * drawn] if (picture := _usable(one)) is not None]
    told = {"drawn": _different(drawings, drawn), "natural": _different(natural_pictures(), 10**6)}
    planted: dict[str, Planted] = {}
    with (folder / "metadata.jsonl").open("w", encoding="utf-8") as lines:
        for kind, pictures in told.items():
            for index, (caption, picture) in enumerate(pictures):
                for name, made in _family(f"{kind}-{index:04d}", kind, picture, folder / "images").items():
                    planted[name] = made
                    lines.write(json.dumps({"file_name": f"images/{name}", "text": caption}) + "\n")
    return planted


def natural_pictures() -> list[tuple[str, Image.Image]]:
    """Return (caption, picture) of 256 px tiles of photographs, a few of each."""
    import skimage.data

    folder = Path(skimage.data.__file__).parent
    pictures = []
    for name, tiles in (*((one, TILES) for one in PHOTOGRAPHS), *((one, 1) for one in TEXTURES)):
        with Image.open(folder / name) as image:
            whole = image.convert("RGB")
        corners = product(range(0, whole.height - TILE + 1, TILE), range(0, whole.width - TILE + 1, TILE))
        for top, left in islice(corners, tiles):
            tile = whole.crop((left, top, left + TILE, top + TILE))
            pictures.append((f"a photograph of {Path(name).stem}", tile))
    return pictures


def _usable(original: Original) -> Image.Image | None:
    return on_white(original.path, MAX_SIDE) if MIN_SIDE <= longest_side(original.path) <= 4 * MAX_SIDE else None


def _different(pictures: Sequence[tuple[str, Image.Image]], wanted: int) -> list[tuple[str, Image.Image]]:
    """Return the first `wanted` of `pictures` of which none resembles an earlier one."""
    chosen: list[tuple[str, Image.Image]] = []
    wholes: list[NDArray[np.float64]] = []
    parts: list[NDArray[np.float64]] = []
    for caption, picture in pictures:
        whole, part = _shape(picture), _shape(picture.crop(_shown(picture)))
        if len(chosen) == wanted:
            break
        if whole is None or part is None or _near(whole, wholes, MAX_CORRELATION):
            continue
        if _near(part, parts, MAX_SHOWN_CORRELATION):
            continue
        chosen.append((caption, picture))
        wholes += list(whole)
        parts += list(part)
    return chosen


def _near(shape: NDArray[np.float64], others: list[NDArray[np.float64]], most: float) -> bool:
    return bool(others) and bool(np.abs(np.array(others) @ shape.T).max() > most)


def _shape(picture: Image.Image) -> NDArray[np.float64] | None:
    """Return the unit vectors (2, 1024) of a picture's luminance and of its mirror image; None where it is blank."""
    small = np.asarray(picture.convert("L").resize((32, 32), Image.Resampling.BOX), dtype=np.float64)
    if small.std() < _BLANK:
        return None
    both = np.stack([small, small[:, ::-1]]).reshape(2, -1)
    both -= both.mean(axis=1, keepdims=True)
    unit: NDArray[np.float64] = both / np.linalg.norm(both, axis=1, keepdims=True)
    return unit


def _shown(picture: Image.Image) -> tuple[int, int, int, int]:
    """Return (left, top, right, bottom) of what differs from the ground: the median colour of the edges."""
    pixels = np.asarray(picture).astype(np.int64)
    edges = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    shown = np.abs(pixels - np.median(edges, axis=0)).max(axis=2) > _GROUND
    down, across = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
    if not len(down):
        return 0, 0, picture.width, picture.height
    return int(across[0]), int(down[0]), int(across[-1]) + 1, int(down[-1]) + 1


def _family(family: str, kind: str, picture: Image.Image, images: Path) -> dict[str, Planted]:
    """Write the original and its copies, which are made from the JPEG as a copier finds it; return them by name."""
    original = images / f"{family}-0.jpg"
    picture.save(original, "JPEG", quality=QUALITY)
    shutil.copyfile(original, images / f"{family}-1.jpg")
    made = {original.name: Planted(family, ORIGINAL, kind), f"{family}-1.jpg": Planted(family, "exact", kind)}
    with Image.open(original) as image:
        found = image.convert("RGB")
    for number, (transform, (change, quality)) in enumerate(TRANSFORMS.items(), 2):
        name = f"{family}-{number}.jpg"
        change(found).save(images / name, "JPEG", quality=quality)
        made[name] = Planted(family, transform, kind)
    return made
