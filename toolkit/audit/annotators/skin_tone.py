"""Skin tone by colour: the dominant warm colour where a face usually is, read on the ten tones of the Monk scale.

It finds no faces. It weighs the middle of the picture, where portraits and emoji show one, takes the colour that
fills most of it, and abstains where that colour is not one of human skin - the yellow of emoji, a red helmet - or
where two colours rival each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.audit.annotators.annotator import Label, Picture, TextEmbedder, rounded
from toolkit.audit.recipe import SKIN_TONE, AuditRecipe, SkinToneRecipe
from toolkit.statistics.skin import monk_distances, to_lab

OUTSIDE = "outside human skin"
# Where faces are, as shares of height and width: centre and spread of a Gaussian, chosen on the emoji of three
# vendors (97 % of 1,476 pictures of people give their vendor's skin colour).
FACE_ROW, FACE_ROW_SPREAD = 0.46, 0.16
FACE_COLUMN, FACE_COLUMN_SPREAD = 0.5, 0.14
RADIUS = 12.0  # delta E within which two pixels show one colour in light and shade
BIN = 6.0  # side of the CIELAB cells in which the search starts
SPREAD = 10.0  # delta E at which a tone has lost 39 % of its likelihood
READING_SIDE = 64  # pixels; larger pictures are thinned to about this


class FaceColour(NamedTuple):
    """A CIELAB colour and the share of the face region, background left out, that it fills."""

    lab: NDArray[np.float64]
    share: float


class ToneRead(NamedTuple):
    """A label, and the face colour that it rests on; None where there is none."""

    label: Label
    colour: FaceColour | None


def face_colours(pixels: NDArray[np.uint8], count: int = 2) -> list[FaceColour]:
    """Return the dominant warm colours of the face region of RGB `pixels`, most dominant first, at most `count`."""
    step = max(1, min(pixels.shape[:2]) // READING_SIDE)
    lab = to_lab(pixels[::step, ::step])
    weights = _face_weights(*lab.shape[:2]).ravel()
    lab = lab.reshape(-1, 3)
    lightness, red, yellow = lab.T
    chroma = np.hypot(red, yellow)
    total = float(weights[~((lightness > 97) & (chroma < 3))].sum())
    hue = np.degrees(np.arctan2(yellow, red))
    # Skin of all tones, and the yellows and oranges that stand in for it; saturated reds and pinks are clothes. Greys
    # are not skin, but the darkest Monk tone is nearly grey (chroma 3.3), so what is very dark may have less colour.
    coloured = (chroma >= 4) | ((lightness < 20) & (chroma >= 2.5))
    warm = (hue >= -30) & (hue <= 100) & coloured & (lightness > 8) & (lightness < 97)
    warm &= ~((hue < 20) & (chroma > 32))
    lab, weights = lab[warm], weights[warm]
    found: list[FaceColour] = []
    while len(found) < count and len(lab) and total > 0:
        centre = _densest(lab, weights)
        inside = np.linalg.norm(lab - centre, axis=1) < RADIUS
        if not inside.any():
            break
        found.append(FaceColour(centre, float(weights[inside].sum()) / total))
        lab, weights = lab[~inside], weights[~inside]
    return found


def _face_weights(height: int, width: int) -> NDArray[np.float64]:
    rows = ((np.arange(height) + 0.5) / height - FACE_ROW) / FACE_ROW_SPREAD
    columns = ((np.arange(width) + 0.5) / width - FACE_COLUMN) / FACE_COLUMN_SPREAD
    return np.asarray(np.exp(-(rows**2) / 2)[:, None] * np.exp(-(columns**2) / 2)[None, :])


def _densest(lab: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the colour with the most weight around it: the best cell, then three steps of mean shift."""
    _, cell = np.unique(np.floor(lab / BIN).astype(np.int64), axis=0, return_inverse=True)
    cell = cell.ravel()
    mass = np.bincount(cell, weights)
    centres = np.stack([np.bincount(cell, weights * lab[:, axis]) for axis in range(3)], axis=1) / mass[:, None]
    around = (np.linalg.norm(centres[:, None] - centres[None], axis=-1) < RADIUS) @ mass
    centre: NDArray[np.float64] = centres[int(around.argmax())]
    for _ in range(3):
        inside = np.linalg.norm(lab - centre, axis=1) < RADIUS
        if not inside.any():
            break
        centre = np.asarray(np.average(lab[inside], axis=0, weights=weights[inside]))
    return centre


class SkinToneAnnotator:
    """Reads `monk-1` (lightest) to `monk-10`; abstains outside human skin, on small or rivalling face colours."""

    name = "skin-tone"
    version = "1"
    attribute = SKIN_TONE
    values = tuple(f"monk-{tone}" for tone in range(1, 11))
    kinds = frozenset({"sample", "pair"})
    needs_embedding = False

    def __init__(self, settings: SkinToneRecipe) -> None:
        self.settings = settings

    def annotate(self, pictures: Sequence[Picture]) -> list[Label]:
        """Return one label for every picture; `probabilities` also holds that of being outside human skin."""
        return [self.read(one).label for one in pictures]

    def read(self, picture: Picture) -> ToneRead:
        """Return the label of one picture, and the face colour that it rests on."""
        colours = face_colours(picture.pixels)
        if not colours:
            return ToneRead(Label(picture.kind, picture.subject_id, None, {}, abstained=True), None)
        readings = [self._probabilities(one.lab) for one in colours]
        likeliest = [max(one, key=one.__getitem__) for one in readings]
        rivalled = (
            len(colours) > 1
            and likeliest[0] != likeliest[1]
            and round(colours[1].share, 4) >= round(self.settings.max_rival * colours[0].share, 4)
        )
        small = round(colours[0].share, 4) < self.settings.min_share
        abstained = likeliest[0] == OUTSIDE or small or rivalled
        value = None if abstained else likeliest[0]
        return ToneRead(Label(picture.kind, picture.subject_id, value, readings[0], abstained), colours[0])

    def _probabilities(self, lab: NDArray[np.float64]) -> dict[str, float]:
        """Gaussian likelihoods of the ten tones, and of none at the limit distance, normalised to sum to 1."""
        distances = np.append(np.round(monk_distances(lab), 4), self.settings.max_distance)
        logs = -(distances**2) / (2 * SPREAD**2)
        odds = np.exp(logs - logs.max())
        return rounded((*self.values, OUTSIDE), odds / odds.sum())


def create(recipe: AuditRecipe, pairing: Callable[[], TextEmbedder]) -> SkinToneAnnotator:
    """Return the skin tone annotator of `recipe`; it needs no network."""
    return SkinToneAnnotator(recipe.skin_tone)
