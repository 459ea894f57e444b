"""Strips: the way of one picture from noise, or to it, as frames side by side in one PNG that says what each shows.

RUN/paths/ab/REQUEST_ID.png    the denoising steps of a painted picture
RUN/paths/noised/NAME.png      a real picture on its way to noise
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from toolkit.errors import PictureError
from toolkit.images import decode

FOLDER = "paths"
NOISED = "noised"
LABELS = "tain labels"
BETWEEN = "\n"


class Strip(NamedTuple):
    """`frames` uint8 (n, height, width, 3) in their order, and a label for each."""

    frames: NDArray[np.uint8]
    labels: tuple[str, ...]


def strip_path(request_id: str) -> str:
    """Return where in a run folder the strip of a painted picture lies."""
    return f"{FOLDER}/{request_id[:2]}/{request_id}.png"


def noised_path(name: str) -> str:
    """Return where in a run folder the strip of the real picture called `name` lies."""
    return f"{FOLDER}/{NOISED}/{name}.png"


def noised_strips(run: Path) -> list[Path]:
    """Return the strips of real pictures in the run folder `run`, by name."""
    return sorted((run / FOLDER / NOISED).glob("*.png"))


def encode_strip(frames: Sequence[NDArray[np.uint8]], labels: Sequence[str]) -> bytes:
    """Return `frames`, uint8 (height, width, 3), side by side as PNG bytes, the same for the same frames."""
    about = PngInfo()
    about.add_text(LABELS, BETWEEN.join(labels))
    sink = io.BytesIO()
    Image.fromarray(np.concatenate(list(frames), axis=1)).save(sink, "PNG", pnginfo=about)
    return sink.getvalue()


def decode_strip(data: bytes) -> Strip:
    """Return the strip in `data`. Raises PictureError where it is no PNG, or none with labels."""
    pixels = decode(data)
    with Image.open(io.BytesIO(data)) as image:
        labels = tuple(str(image.info.get(LABELS, "")).split(BETWEEN))
    if labels == ("",) or pixels.shape[1] % len(labels):
        raise PictureError("undecodable", "a picture that is no strip: it does not say what its frames show")
    return Strip(np.stack(np.split(pixels, len(labels), axis=1)), labels)
