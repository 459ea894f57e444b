"""A folder of real pictures with copies among them: four files of the same bytes, and one picture at two sizes."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image
from run_folder import MARKDOWN, SCRIPT, photograph

from toolkit.curate.stage import curate

# The captions of the same file.
SAME = ("a cup of coffee", "the cup once more", SCRIPT, MARKDOWN)
SMALLER, LARGER = "the cat, small", "the cat, large"
OTHERS = tuple(f"view number {place} of the gallery" for place in range(6))
RECIPE = {"captions": {"junk": None, "max_symbols": None, "max_repetition": None, "languages": None}}


def write_copied_source(folder: Path) -> Path:
    """Write the pictures and their metadata to the new `folder`, and return it."""
    folder.mkdir(parents=True)
    lines: list[dict[str, str]] = []

    def add(caption: str, picture: Image.Image) -> None:
        lines.append({"file_name": f"{len(lines):02}.png", "text": caption})
        picture.save(folder / lines[-1]["file_name"])

    for caption in SAME:
        add(caption, Image.fromarray(photograph(1)))
    add(LARGER, Image.fromarray(photograph(2)))
    add(SMALLER, Image.fromarray(photograph(2)).resize((48, 48)))
    for place, caption in enumerate(OTHERS):
        add(caption, Image.fromarray(photograph(3 + place)).resize((96, 64)))
    (folder / "metadata.jsonl").write_text("\n".join(json.dumps(one) for one in lines), "utf-8")
    return folder


def curate_copied(folder: Path) -> Path:
    """Write the source to `folder`, curate it, and return the folder that holds the run `curated`."""
    (folder / "copied").mkdir()
    curate(write_copied_source(folder / "source"), folder / "copied" / "curated", recipe=RECIPE)
    return folder / "copied"
