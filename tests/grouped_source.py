"""150 real pictures whose captions name women, men or nobody, and a recipe that takes far more of the women."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from run_folder import photograph

from toolkit.curate.stage import curate

ROWS = {"woman": 40, "man": 60, "nobody": 50}
SHORT = {"woman": 16, "man": 6, "nobody": 0}  # the first of each group have captions of too few words
RECIPE = {
    "captions": {"min_words": 3, "boilerplate_rows": None},
    "duplicates": {"perceptual": None},
    "groups": {"columns": ["source", "meta.country"]},
}


def write_grouped_source(folder: Path) -> Path:
    """Write the pictures and their metadata to the new `folder`, and return it."""
    folder.mkdir()
    lines: list[dict[str, str]] = []
    for group, size in ROWS.items():
        for place in range(size):
            who = "the harbour" if group == "nobody" else group
            caption = who if place < SHORT[group] else f"{who} number of many, seen from near {chr(97 + place % 26)}"
            name = f"{group}-{place}.png"
            pixels = photograph(len(lines)) // 2 + np.uint8(len(lines) % 100)
            Image.fromarray(pixels).save(folder / name)
            lines.append({"file_name": name, "text": caption, "country": "it" if place % 2 else "ke"})
    (folder / "metadata.jsonl").write_text("\n".join(json.dumps(one) for one in lines))
    return folder


def curate_grouped(folder: Path, recipe: dict[str, Any]) -> Path:
    """Write the source to `folder`, curate it by `recipe`, and return the folder that holds the run `curated`."""
    (folder / "grouped").mkdir()
    curate(write_grouped_source(folder / "source"), folder / "grouped" / "curated", recipe=recipe)
    return folder / "grouped"
