"""How much of a picture is text, by optical character recognition: slides, screenshots, advertisements, memes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.curate.scorer import Batch, Need
from toolkit.errors import RecipeError

if TYPE_CHECKING:
    from rapidocr_onnxruntime import RapidOCR

_DETECTION_SIDE = 320  # px to which the shorter side is scaled up for finding lines


@dataclass
class PictureTextArea:
    """The share of a picture (0 to 1) inside lines of text that can be read, by PP-OCRv4 at 256 px.

    Some 100 ms a picture on one core. A line counts where it is read with a confidence of at least 0.5: what only
    looks like writing does not.
    """

    name: str = "picture_text_area"
    version: str = "PP-OCRv4, rapidocr-onnxruntime 1.4"
    needs: frozenset[Need] = frozenset({"pixels"})
    _reader: RapidOCR | None = field(default=None, repr=False)

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """A share."""
        return {"picture_text_area": pa.float64()}

    def setup(self) -> None:
        """Load the networks that are inside rapidocr-onnxruntime. Raises RecipeError where it is not installed."""
        try:
            from rapidocr_onnxruntime import RapidOCR
        except ImportError as error:
            raise RecipeError(
                f"pictures.max_text_area needs OCR, which is not installed ({error}); install tain[ocr], then "
                "rapidocr-onnxruntime with `pip install --no-deps rapidocr-onnxruntime==1.4.4` (it asks for the "
                "desktop build of OpenCV, which does not go together with the headless one), or set max_text_area: null"
            ) from error
        # One thread: workers are processes, and sums in another order are other sums.
        self._reader = RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1, det_limit_side_len=_DETECTION_SIDE)

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the column."""
        return {"picture_text_area": [self._share(one) for one in batch.pixels]}

    def _share(self, pixels: NDArray[np.uint8]) -> float:
        if self._reader is None:
            self.setup()
        assert self._reader is not None
        lines, _ = self._reader(np.ascontiguousarray(pixels[..., ::-1]), use_cls=False)
        return covered([line[0] for line in lines or ()], (pixels.shape[1], pixels.shape[0]))


def covered(outlines: Sequence[Sequence[Sequence[float]]], size: tuple[int, int]) -> float:
    """Return the share of a picture of `size` (width, height) inside `outlines`, lists of (x, y) in pixels."""
    import cv2

    inside = np.zeros((size[1], size[0]), np.uint8)
    for outline in outlines:
        cv2.fillPoly(inside, [np.rint(np.asarray(outline)).astype(np.int32)], 1)
    return float(inside.mean())
