"""Corpora: the same real pictures as JPEG, PNG and WebP files of the sizes that the web has, captions beside them."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median
from typing import NamedTuple

from PIL import Image

from curate.originals import Original
from toolkit.errors import PictureError
from toolkit.images import read_header

LONGEST_SIDE = 1024
SAVED: dict[str, tuple[str, dict[str, object]]] = {  # suffix, and what Pillow is told
    "JPEG": (".jpg", {"quality": 85}),
    "PNG": (".png", {}),
    "WEBP": (".webp", {"quality": 80}),
}


class Corpus(NamedTuple):
    """Pictures in `folder`/images, captions in `folder`/metadata.jsonl, and what is said of them in the results."""

    name: str
    folder: Path
    files: list[Path]
    facts: dict[str, object]


class _Wanted(NamedTuple):
    path: Path
    saved: Path
    format: str


def build_corpus(
    name: str, originals: Sequence[Original], file_format: str, count: int, min_side: int, folder: Path
) -> Corpus:
    """Return the corpus in `folder`, of the first `count` of `originals` that have `min_side` px or more.

    Pictures are laid on white and scaled to at most 1,024 px, never up. What was rendered before is used again.
    """
    asked = {"format": file_format, "count": count, "min_side": min_side, "originals": len(originals)}
    mark = folder / "corpus.json"
    if not mark.is_file() or json.loads(mark.read_text("utf-8"))["asked"] != asked:
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "images").mkdir(parents=True)
        facts = _render(_sample(originals, count, min_side), file_format, folder)
        mark.write_text(json.dumps({"asked": asked, "facts": facts}), "utf-8")
    files = sorted((folder / "images").iterdir())
    return Corpus(name, folder, files, json.loads(mark.read_text("utf-8"))["facts"])


def link_corpus(name: str, corpus: Corpus, count: int, folder: Path) -> Corpus:
    """Return a corpus of `count` rows in `folder`: the files of `corpus`, over and over, as links of other names."""
    captions = {
        entry["file_name"]: entry["text"]
        for entry in map(json.loads, (corpus.folder / "metadata.jsonl").read_text("utf-8").splitlines())
    }
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "images").mkdir(parents=True)
    files = []
    with (folder / "metadata.jsonl").open("w", encoding="utf-8") as lines:
        for index in range(count):
            source = corpus.files[index % len(corpus.files)]
            link = folder / "images" / f"{index:07d}{source.suffix}"
            os.link(source, link)
            text = captions[f"images/{source.name}"]
            lines.write(json.dumps({"file_name": f"images/{link.name}", "text": text}) + "\n")
            files.append(link)
    return Corpus(name, folder, files, {})


def longest_side(path: Path) -> int:
    """Return the longest side in pixels of the picture at `path`; 0 for one that `tain` would not decode either."""
    try:
        header = read_header(path.read_bytes())
    except PictureError:
        return 0
    return max(header.width, header.height)


def on_white(path: Path, fitting: int = LONGEST_SIDE) -> Image.Image:
    """Return the picture at `path` as RGB on white, scaled down to at most `fitting` px."""
    with Image.open(path) as image:
        layer = image.convert("RGBA")
    white = Image.new("RGBA", layer.size, (255, 255, 255, 255))
    flat = Image.alpha_composite(white, layer).convert("RGB")
    flat.thumbnail((fitting, fitting), Image.Resampling.LANCZOS)
    return flat


def _sample(originals: Sequence[Original], count: int, min_side: int) -> list[Original]:
    chosen: list[Original] = []
    for one in originals:
        if len(chosen) == count:
            break
        if longest_side(one.path) >= max(min_side, 1):
            chosen.append(one)
    return chosen


def _render(chosen: Sequence[Original], file_format: str, folder: Path) -> dict[str, object]:
    suffix = SAVED[file_format][0]
    wanted = [
        _Wanted(one.path, folder / "images" / f"{one.collection}-{index:05d}{suffix}", file_format)
        for index, one in enumerate(chosen)
    ]
    with ProcessPoolExecutor(max_workers=len(os.sched_getaffinity(0))) as pool:
        sizes = list(pool.map(_save, wanted, chunksize=16))
    with (folder / "metadata.jsonl").open("w", encoding="utf-8") as lines:
        for one, made in zip(chosen, wanted, strict=True):
            lines.write(json.dumps({"file_name": f"images/{made.saved.name}", "text": one.caption}) + "\n")
    return {
        "files": len(wanted),
        "format": file_format,
        "from": dict(sorted(Counter(one.collection for one in chosen).items())),
        "median_longest_side": int(median(max(size) for size in sizes)),
        "mebibytes": round(sum(made.saved.stat().st_size for made in wanted) / 2**20, 1),
    }


def _save(wanted: _Wanted) -> tuple[int, int]:
    picture = on_white(wanted.path)
    picture.save(wanted.saved, wanted.format, **SAVED[wanted.format][1])
    return picture.size
