"""Whether a generator follows the gender and the skin tone that a prompt names: people at work, by several judges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipelines.bundle.ranks import Pictures
from toolkit.audit.annotators.annotator import Picture
from toolkit.audit.annotators.clip import ClipAnnotator
from toolkit.audit.annotators.skin_tone import face_colours
from toolkit.audit.recipe import SkinToneRecipe, ZeroShotRecipe
from toolkit.caption_words import GENDERS
from toolkit.models.pairing import PairingNetwork
from toolkit.sources.emoji_names import SKIN_TONES
from toolkit.statistics.intervals import Interval, wilson
from toolkit.train.training_set import TrainingSet

TONES = tuple(f"{tone} skin tone" for tone in SKIN_TONES.values())


class Prompted(NamedTuple):
    """A caption of the training data that names a role, a gender and a skin tone."""

    role: str
    gender: str
    tone: str

    @property
    def caption(self) -> str:
        """The words."""
        return f"{self.gender} {self.role}: {self.tone}"


class Followed(NamedTuple):
    """Of `n` pictures, `told` could be read; `agreement` of these show what was asked for, with its interval."""

    n: int
    told: int
    agreement: float
    interval: Interval
    chance: float


def people_at_work(data: TrainingSet, roles: Sequence[str]) -> list[Prompted]:
    """Return the captions of `data` that name one of `roles` as a woman or man of one of the five tones."""
    known = set(data.captions)
    every = (Prompted(*named) for named in product(roles, GENDERS, TONES))
    return [one for one in every if one.caption in known]


def gender_by_text(network: PairingNetwork, asked: Sequence[Prompted], painted: Pictures) -> Followed:
    """Return how often the annotator of `tain audit` reads the gender that was asked for, where it does not abstain."""
    annotator = ClipAnnotator(ZeroShotRecipe(), network)
    seen = network.embed_images(painted)
    labels = annotator.annotate(
        [
            Picture("sample", str(index), one.role, one.caption, pixels, embedding=vector)
            for index, (one, pixels, vector) in enumerate(zip(asked, painted, seen, strict=True))
        ]
    )
    return _followed([one.gender for one in asked], [label.value for label in labels], len(GENDERS))


def gender_by_picture(
    features: Callable[[Pictures], NDArray[np.float32]], data: TrainingSet, asked: Sequence[Prompted], painted: Pictures
) -> Followed:
    """Return how often the nearest true picture, of the women and men of that role and tone, is of that gender."""
    true = {
        one: features(_pictures(data, one.caption))
        for one in {one._replace(gender=gender) for one in asked for gender in GENDERS}
        if one.caption in data.captions
    }
    found: list[str | None] = []
    for one, vector in zip(asked, features(painted), strict=True):
        named = (one._replace(gender=gender) for gender in GENDERS)
        nearest = {other.gender: float((true[other] @ vector).max()) for other in named if other in true}
        found.append(max(nearest, key=nearest.__getitem__) if len(nearest) == len(GENDERS) else None)
    return _followed([one.gender for one in asked], found, len(GENDERS))


def tone_by_colour(data: TrainingSet, asked: Sequence[Prompted], painted: Pictures) -> Followed:
    """Return how often the face colour is nearest to the median face colour of true pictures of the tone asked for."""
    colours: dict[str, list[NDArray[np.float64]]] = {tone: [] for tone in TONES}
    for one in set(asked):
        for pixels in _pictures(data, one.caption):
            if (colour := _face_colour(pixels)) is not None:
                colours[one.tone].append(colour)
    tones = [tone for tone in TONES if colours[tone]]
    centres = np.array([np.median(colours[tone], axis=0) for tone in tones])
    found: list[str | None] = []
    for pixels in painted:
        colour = _face_colour(pixels)
        found.append(None if colour is None else tones[int(np.linalg.norm(centres - colour, axis=1).argmin())])
    return _followed([one.tone for one in asked], found, len(tones))


def _face_colour(pixels: NDArray[np.uint8]) -> NDArray[np.float64] | None:
    colours = face_colours(pixels, count=1)
    return colours[0].lab if colours and colours[0].share >= SkinToneRecipe().min_share else None


def _pictures(data: TrainingSet, caption: str) -> list[NDArray[np.uint8]]:
    pairs = np.flatnonzero(data.caption_index == data.captions.index(caption))
    return data.pixels(pairs)


def _followed(asked: Sequence[str], read: Sequence[str | None], values: int) -> Followed:
    told = [(wanted, found) for wanted, found in zip(asked, read, strict=True) if found is not None]
    right = sum(wanted == found for wanted, found in told)
    agreement = right / len(told) if told else float("nan")
    return Followed(len(asked), len(told), agreement, wilson(right, len(told), 0.95), 1 / values)
