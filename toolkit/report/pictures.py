"""Pictures of rows: the bytes behind a sample or a pair, and small thumbnails of them."""

from __future__ import annotations

import base64
import io
from collections.abc import Container, Sequence

import pyarrow as pa
import pyarrow.compute as pc
from PIL import Image

from toolkit.errors import PictureError
from toolkit.images import decode
from toolkit.sources.picture_bytes import read_picture
from toolkit.store import RunFolder

BLURRED_SIDE = 6


def sample_pictures(run: RunFolder, request_ids: Sequence[str]) -> dict[str, bytes]:
    """Return the bytes of the pictures of `request_ids` by id; those that cannot be read are absent."""
    holder = run.find("samples")
    if holder is None or not request_ids:
        return {}
    rows = holder.read("samples", columns=["request_id", "image_path"])
    wanted = rows.filter(pc.is_in(rows["request_id"], value_set=pa.array(sorted(set(request_ids)), pa.string())))
    found = {}
    for row in wanted.to_pylist():
        data = read_inside(holder, row["image_path"])
        if data is not None:
            found[row["request_id"]] = data
    return found


def read_inside(run: RunFolder, image_path: str | None) -> bytes | None:
    """Return the bytes of a picture of the run; None where it is missing or its path leads out of the run folder."""
    root = run.path.resolve()
    try:
        path = (root / (image_path or ".")).resolve()
        return path.read_bytes() if path.is_relative_to(root) and path.is_file() else None
    except (OSError, ValueError):  # ValueError: a NUL in the path
        return None


def pair_pictures(run: RunFolder, sample_ids: Sequence[str]) -> dict[str, bytes]:
    """Return the bytes of the pictures of `sample_ids` by id; those that cannot be read are absent."""
    holder = run.find("pairs")
    if holder is None:
        return {}
    wanted = pa.array(sorted(set(sample_ids)), pa.string())
    found: dict[str, bytes] = {}
    for shard in holder.shards("pairs"):
        ids = holder.read_one(shard, ["sample_id"])["sample_id"]
        places = pc.indices_nonzero(pc.is_in(ids, value_set=wanted))
        if len(places) == 0:
            continue
        rows = holder.read_one(shard, ["sample_id", "image"]).take(places)
        for row in rows.to_pylist():
            try:
                found[row["sample_id"]] = read_picture(row["image"], holder.path)
            except PictureError:
                continue
    return found


def thumbnail(data: bytes, side: int, *, quality: int = 70) -> bytes:
    """Return the picture in `data` as WebP, its long side at most `side` pixels. Raises PictureError."""
    sink = io.BytesIO()
    Image.fromarray(decode(data, longest_side=side)).save(sink, "WEBP", quality=quality, method=4)
    return sink.getvalue()


def blurred_thumbnail(data: bytes, side: int) -> bytes:
    """Return the picture in `data` as WebP with its long side of `side` pixels, blurred beyond recognition.

    Only `BLURRED_SIDE` pixels of its long side are in it, however it is sharpened. Raises PictureError.
    """
    sink = io.BytesIO()
    small = Image.fromarray(decode(data, longest_side=BLURRED_SIDE))
    scale = side / max(small.size)
    size = max(1, round(small.width * scale)), max(1, round(small.height * scale))
    small.resize(size, Image.Resampling.BICUBIC).save(sink, "WEBP", quality=50, method=4)
    return sink.getvalue()


def data_uri(webp: bytes) -> str:
    """Return WebP bytes as a `data:` URI, so that a page needs no other file."""
    return f"data:image/webp;base64,{base64.b64encode(webp).decode('ascii')}"


class Thumbnails:
    """Thumbnails as data URIs by id, `side` pixels, until together they would exceed `limit_bytes` of a page."""

    def __init__(self, *, side: int, limit_bytes: int) -> None:
        self.side = side
        self.left = limit_bytes
        self._made: dict[str, str] = {}

    def add(self, pictures: dict[str, bytes], *, veiled: Container[str] = ()) -> None:
        """Make thumbnails of `pictures`, blurred ones of those that are `veiled`; one that cannot be decoded or does
        not fit is left out."""
        for name, data in pictures.items():
            if name in self._made:
                continue
            try:
                make = blurred_thumbnail if name in veiled else thumbnail
                uri = data_uri(make(data, self.side))
            except PictureError:
                continue
            if len(uri) <= self.left:
                self.left -= len(uri)
                self._made[name] = uri

    def get(self, name: str) -> str | None:
        """Return the data URI of thumbnail `name`, or None where there is none."""
        return self._made.get(name)
