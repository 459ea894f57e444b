"""Small inputs for audits: drawn faces of known colour, a table of painted pictures, a dataset of three drawings."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from toolkit import schema
from toolkit.images import encode_png
from toolkit.seeds import content_hash, stable_hash
from toolkit.store import RunFolder, create_run

YELLOW = (252, 194, 27)
ROLES = ("firefighter", "judge")


def face(skin, hair=(49, 45, 45), coat=(60, 90, 200), *, long_hair=False) -> np.ndarray:
    """Return a drawn person on white, uint8 (64, 64, 3), whose face and neck have the colour `skin`."""
    image = Image.new("RGB", (64, 64), "white")
    draw = ImageDraw.Draw(image)
    draw.ellipse((16, 4, 48, 40), fill=hair)
    if long_hair:
        draw.rectangle((15, 20, 49, 52), fill=hair)
    draw.ellipse((20, 10, 44, 46), fill=skin)
    draw.rectangle((10, 50, 54, 64), fill=coat)
    draw.rectangle((28, 40, 36, 54), fill=skin)
    for x in (27, 36):
        draw.rectangle((x, 24, x + 2, 27), fill=(30, 30, 30))
    return np.asarray(image)


def write_table(folder: Path, rows: list[dict[str, object]]) -> Path:
    """Write painted pictures and a CSV that names them: every row has prompt, pixels or bytes, model and seed."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "theirs.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(["prompt", "image", "model", "seed"])
        for place, row in enumerate(rows):
            name = f"{place:03d}.png"
            data = row["data"] if "data" in row else encode_png(row["pixels"])
            if data is not None:
                (folder / name).write_bytes(data)
            table.writerow([row["prompt"], name, row.get("model", "their model"), row.get("seed", place)])
    return path


def painted(count: int = 6) -> list[dict[str, object]]:
    """Return `count` pictures for each role: light faces of firefighters, dark ones of judges."""
    tones = {"firefighter": (234, 218, 186), "judge": (96, 65, 52)}
    rows = []
    for role in ROLES:
        for place in range(count):
            pixels = face(tones[role], coat=(20 * place, 90, 200 - 20 * place), long_hair=place % 2 == 0)
            rows.append({"prompt": role, "pixels": pixels})
    return rows


def write_dataset(path: Path) -> RunFolder:
    """Write a curated run: one vendor's neutral, woman's and man's drawing of each role, and a few captions in words.

    The neutral firefighter is drawn as the man, the neutral judge as the woman; all three are yellow.
    """
    pairs = []
    for role in ROLES:
        woman, man = face(YELLOW, long_hair=True), face(YELLOW, hair=(90, 60, 20))
        neutral = man if role == "firefighter" else woman
        for gender, pixels in ((None, neutral), ("woman", woman), ("man", man)):
            caption = f"{gender} {role}" if gender else role
            meta = {"base": role, "gender": gender, "skin_tone": None, "skin_tones": [], "subcategory": "person-role"}
            pairs.append(_pair("emoji/vendor", caption, pixels, meta))
    pairs.append(_pair("openclipart", "old judge, law, people", face((130, 92, 67)), {}))
    pairs.append(_pair("openclipart", "lady judge, law", face((130, 92, 67), long_hair=True), {}))
    pairs.append(_pair("openclipart", "tree", np.full((64, 64, 3), 90, np.uint8), {}))
    pairs.append(_pair("openclipart", "dropped judge", face((130, 92, 67)), {}))
    run = create_run(path)
    with run.stage("curate"):
        run.write_shard("pairs", 0, schema.from_rows("pairs", pairs))
        kept = [not one["caption"].startswith("dropped") for one in pairs]
        decisions = [
            {"sample_id": one["sample_id"], "status": "kept" if keep else "dropped", "keep": keep, "reasons": []}
            for one, keep in zip(pairs, kept, strict=True)
        ]
        run.write_shard("decisions", 0, schema.from_rows("decisions", decisions))
    return run


def _pair(source: str, caption: str, pixels: np.ndarray, meta: dict[str, object]) -> dict[str, object]:
    data = encode_png(pixels)
    return {
        "sample_id": stable_hash(source, caption),
        "content_id": content_hash(data),
        "caption": caption,
        "image": {"bytes": data, "path": None},
        "source": source,
        "width": pixels.shape[1],
        "height": pixels.shape[0],
        "format": "PNG",
        "meta": json.dumps(meta, sort_keys=True),
    }
