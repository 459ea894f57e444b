"""From snow to picture: every k-th denoising step of a painted picture, and a real picture on its way to noise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.errors import ModelError
from toolkit.generate.capabilities import ShowsItsPath
from toolkit.generate.generator import Generator, Painted, Request
from toolkit.images import decode, resize_square
from toolkit.seeds import content_hash
from toolkit.sources.picture_bytes import read_file
from toolkit.store import RunFolder
from toolkit.strips import encode_strip, noised_path

PICTURE = "picture"


class Way(NamedTuple):
    """`frames`, uint8 (height, width, 3) each, from noise to picture, and a label for each."""

    frames: tuple[NDArray[np.uint8], ...]
    labels: tuple[str, ...]


class PathRecorder:
    """Keeps what the pictures of one batch look like before every `every`-th step. It is a `Watch`."""

    def __init__(self, every: int) -> None:
        self._every = every
        self._seen: dict[int, NDArray[np.uint8]] = {}

    def __call__(self, step: int, pictures: Callable[[], NDArray[np.uint8]]) -> None:
        if step % self._every == 0:
            self._seen[step] = pictures()

    def ways(self, painted: Sequence[Painted], steps: int) -> list[Way]:
        """Return the way of each of `painted`, which took `steps` steps; it ends with the picture itself."""
        labels = (*(f"step {step} of {steps}" for step in self._seen), PICTURE)
        return [
            Way((*(frames[place] for frames in self._seen.values()), one.pixels), labels)
            for place, one in enumerate(painted)
        ]


def check_shows_path(painter: Generator) -> ShowsItsPath:
    """Return `painter` as one that shows its path. Raises ModelError where it cannot."""
    if not isinstance(painter, ShowsItsPath):
        raise ModelError(f"{painter.name} shows none of its steps; paint without --path-every and --noised")
    return painter


def read_real(files: Sequence[Path], painter: Generator, request: Request) -> dict[str, NDArray[np.uint8]]:
    """Return the pictures in `files`, as large as `request` asks for, by the names that their strips are to have.

    Raises ModelError where `painter` shows no way to noise, PictureError for a file that is no picture.
    """
    found = {}
    for file in files:
        check_shows_path(painter)
        if request.width != request.height:
            raise ModelError(f"--noised shows squares; {request.width} x {request.height} was asked for")
        data = read_file(file)
        pixels = resize_square(decode(data, longest_side=2 * request.width), request.width)
        found[f"{file.stem[:60]}-{content_hash(data)[:8]}"] = pixels
    return found


def write_noised(
    run: RunFolder, painter: Generator, request: Request, real: Mapping[str, NDArray[np.uint8]], every: int
) -> None:
    """Write a strip of each of the `real` pictures on its way to noise, in as many frames as the way of `request`.

    The noise is that of its seed.
    """
    frames = -(-request.num_inference_steps // every) + 1
    times = [place / (frames - 1) for place in range(frames)]
    labels = [PICTURE, *(f"{time:.0%} noise" for time in times[1:])]
    for name, pixels in real.items():
        shown = check_shows_path(painter).noise(pixels, seed=request.seed, times=times)
        run.write_file(noised_path(name), encode_strip([pixels, *shown[1:]], labels))
