"""A folder of real pairs: crops of the photographs of scikit-image, with captions, copies and faults among them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
from PIL import Image
from skimage import data

CAPTIONS = {"astronaut": "a woman in an orange suit", "chelsea": "a cat that looks up", "coffee": "a cup of coffee"}


def write_crops(folder: Path, rows: int = 40) -> Path:
    """Fill `folder` with `rows` pairs and return it.

    Rows 5 and 6 are byte copies, 7 is a smaller copy of 8, 9 is blank, 10 is half a file, 11 has no caption to speak
    of, 12 is tiny; all else is sound.
    """
    (folder / "images").mkdir(parents=True)
    lines = []
    for row in range(rows):
        name = list(CAPTIONS)[row % 3]
        file = folder / "images" / f"{row:04}.png"
        _crop(name, row).save(file)
        lines.append({"file_name": f"images/{file.name}", "text": f"{CAPTIONS[name]}, view {row}"})
    if rows > 12:
        _spoil(folder / "images")
        lines[6]["text"] = "a cup of coffee, seen again"
        lines[11]["text"] = "!"
    (folder / "metadata.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return folder


def _crop(name: str, row: int) -> Image.Image:
    pixels = np.asarray(getattr(data, name)())
    random = np.random.default_rng(row)
    top, left = random.integers(0, pixels.shape[0] - 160), random.integers(0, pixels.shape[1] - 200)
    return Image.fromarray(pixels[top : top + 160, left : left + 200]).resize((100, 80))


def _spoil(images: Path) -> None:
    shutil.copy(images / "0005.png", images / "0006.png")
    with Image.open(images / "0008.png") as image:
        image.resize((75, 60)).save(images / "0007.png")
    Image.new("RGB", (64, 64), "white").save(images / "0009.png")
    whole = (images / "0010.png").read_bytes()
    (images / "0010.png").write_bytes(whole[: len(whole) // 2])
    Image.new("RGB", (8, 8), "red").save(images / "0012.png")
