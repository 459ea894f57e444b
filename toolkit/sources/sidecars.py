"""Files that belong together by their stem, as in a folder of `a.jpg`, `a.txt`, `a.json` or in a WebDataset tar."""

from __future__ import annotations

import json
from collections.abc import Mapping

from toolkit.sources.columns import CAPTION_NAMES, LICENSE_NAMES, SOURCE_NAMES, URL_NAMES, Columns

# What is taken for a picture, readable or not: one that cannot be decoded is a recorded row, not a lost one.
PICTURE_SUFFIXES = (
    *("jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff", "avif", "ppm"),
    *("svg", "heic", "heif", "jxl", "jp2", "ico", "pgm", "pbm"),
)
CAPTION_SUFFIXES = ("txt", "caption", "text")
MOST_TEXT = 4 << 20  # bytes of a caption or .json: a thousand of them must fit the memory


def columns_of_sidecars(caption: str | None = None) -> Columns:
    """Return the columns that `record_of_sidecars` fills; `caption` is a key of the .json, else the .txt is used."""
    return Columns(caption or "text", None, URL_NAMES[0], SOURCE_NAMES[0], LICENSE_NAMES[0])


def record_of_sidecars(files: Mapping[str, bytes]) -> dict[str, object]:
    """Return the record of one picture's other `files`, by lower-case suffix.

    The .json's entries come first, then `text` from the .txt; without a .txt, `text` is the caption among the
    .json's entries. Files of other kinds are recorded by size.
    """
    record: dict[str, object] = {}
    if "json" in files:
        record.update(_json_object(files["json"]))
    caption = next((files[suffix] for suffix in CAPTION_SUFFIXES if suffix in files), None)
    if caption is not None:
        record["text"] = caption.decode("utf-8-sig", "surrogateescape").rstrip("\r\n")
    elif "text" not in record:
        known = next((name for name in CAPTION_NAMES if name in record), None)
        if known is not None:
            record["text"] = record.pop(known)
    others = {suffix: len(data) for suffix, data in files.items() if suffix not in (*CAPTION_SUFFIXES, "json")}
    if others:
        record["other_files"] = others
    return record


def _json_object(data: bytes) -> dict[str, object]:
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        return {"json_error": f"{type(error).__name__}: {error}"}
    return content if isinstance(content, dict) else {"json": content}
