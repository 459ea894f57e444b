"""What is in memory of the looks of rows while they are compared: hashes and mean colours; all else stays in a file."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.curate.duplicates.colours import contrasts, mean_colours
from toolkit.curate.duplicates.fingerprint_file import FingerprintFile, Stored
from toolkit.curate.duplicates.shown import Shown
from toolkit.curate.duplicates.views import CROPS

_ROWS = 1 << 12  # whose fingerprints are read at a time
Rows = NDArray[np.int64]


class Fingerprinted(NamedTuple):
    """The fingerprints of n rows as arrays.

    Of the whole picture: `whole` and `flipped` (n,) uint64, and its mean `colour` (n, 3) float32. Of what it shows:
    `content` and `flipped_content` (n,) uint64, where it lies, `boxes` (n, 5) float32 (see `Shown`), its mean colour
    `shown_colour` (n, 3) and `contrast` (n,). In a file: int8 `grids` (384) of whole pictures, those of what they show,
    `shown` (704), and the hashes of all `views`.
    """

    whole: NDArray[np.uint64]
    flipped: NDArray[np.uint64]
    content: NDArray[np.uint64]
    flipped_content: NDArray[np.uint64]
    colour: NDArray[np.float32]
    boxes: NDArray[np.float32]
    shown_colour: NDArray[np.float32]
    contrast: NDArray[np.float32]
    grids: Stored
    shown: Stored
    views: Stored

    @classmethod
    def of(cls, fingerprints: NDArray[np.uint64], file: FingerprintFile) -> Fingerprinted:
        """Return the fingerprints of rows from those that name them, uint64 (n,), all of which `file` holds."""
        places, size = file.places(fingerprints), len(fingerprints)
        views = np.empty((4, size), np.uint64)
        colours = np.empty((2, size, 3), np.float32)
        contrast, boxes = np.empty(size, np.float32), np.empty((size, 5), np.float32)
        for start in range(0, size, _ROWS):
            some = slice(start, start + _ROWS)
            found = file.records(places[some])
            views[:, some] = found["view_hashes"].T[:4]
            colours[0, some], colours[1, some] = mean_colours(found["colour_grid"]), mean_colours(found["content_grid"])
            contrast[some] = contrasts(found["content_grid"])
            boxes[some] = found["content_box"]
        grids, shown, hashes = (file.column(name, places) for name in ("colour_grid", "content_grid", "view_hashes"))
        whole, flipped, content, flipped_content = views
        means = colours[0], boxes, colours[1], contrast
        return cls(whole, flipped, content, flipped_content, *means, grids, shown, hashes)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.whole)

    def crop(self, crop: int) -> NDArray[np.uint64]:
        """Return the hashes of that crop of all rows, (n,)."""
        hashes = np.empty(len(self), np.uint64)
        for start in range(0, len(self), _ROWS):
            hashes[start : start + _ROWS] = self.crops(np.arange(start, min(start + _ROWS, len(self))))[:, crop]
        return hashes

    def crops(self, rows: Rows) -> NDArray[np.uint64]:
        """Return the hashes of the crops of `rows`, (rows, crops)."""
        return np.asarray(self.views[rows][:, -len(CROPS) :], np.uint64)

    def shown_of(self, rows: Rows) -> Shown:
        """Return what the pictures of `rows` show."""
        return Shown.of(self.shown[rows], self.boxes[rows])
