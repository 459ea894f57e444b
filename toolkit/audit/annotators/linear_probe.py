"""A linear probe: what a labelled set teaches about an attribute, read from the pairing network's embeddings.

Source: Radford et al. (2021), arXiv 2103.00020, section 3.2 (linear probes of image features).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.audit.annotators.annotator import Label, Picture, TextEmbedder, rounded
from toolkit.audit.annotators.logistic import LogisticModel, fit_logistic
from toolkit.audit.known_pictures import told
from toolkit.audit.recipe import GENDER, SKIN_TONE, AuditRecipe, LinearProbeRecipe
from toolkit.caption_words import caption_about, json_object
from toolkit.errors import PictureError, RecipeError
from toolkit.images import decode
from toolkit.seeds import stable_hash
from toolkit.sources import open_source
from toolkit.sources.rows import PairRow

_SIDE = 256  # pixels; more tells the network nothing
_SAMPLES = frozenset({"sample"})


class _Taught(NamedTuple):
    """A picture to learn from: its pixels, its true value and its concept."""

    pixels: NDArray[np.uint8]
    value: str
    concept: str


class LinearProbe:
    """Reads the values that its training pictures have, and abstains where it is not sure or a picture is blank.

    It learns from the concepts whose hash is even; pictures of known truth of those concepts it passes over, so that
    its confusion is counted on concepts that it has not seen.
    """

    name = "linear-probe"
    kinds = frozenset({"sample", "pair"})
    needs_embedding = True

    def __init__(self, settings: LinearProbeRecipe, network: Any) -> None:
        taught = [one for one in _taught(settings) if learns_from(one.concept)]
        self.settings, self.attribute = settings, settings.attribute
        self.values = tuple(sorted({one.value for one in taught}))
        if len(self.values) < 2:
            raise RecipeError(
                f"linear_probe.training: {settings.training} has pictures of known {settings.attribute} of "
                f"{len(self.values)} values; a probe needs at least two"
            )
        vectors = network.embed_images([one.pixels for one in taught])
        places = [self.values.index(one.value) for one in taught]
        self.model: LogisticModel = fit_logistic(vectors, places, [one.concept for one in taught])
        learnt = stable_hash("probe", settings.training, self.attribute, str(len(taught)), *self.values)
        self.version = f"1+{network.fingerprint[:8]}+{learnt[:8]}"

    def annotate(self, pictures: Sequence[Picture]) -> list[Label]:
        """Return one label for every picture but those of known truth that it may have learnt from."""
        chosen = [one for one in pictures if one.kind in _SAMPLES or not learns_from(one.concept)]
        if not chosen:
            return []
        if any(one.embedding is None for one in chosen):
            raise ValueError("a picture has no embedding; the stage embeds before it labels")
        chances = self.model.probabilities(np.stack([one.embedding for one in chosen if one.embedding is not None]))
        return [self._label(one, row) for one, row in zip(chosen, chances, strict=True)]

    def _label(self, picture: Picture, chances: NDArray[np.float64]) -> Label:
        probabilities = rounded(self.values, chances)
        likeliest = max(self.values, key=probabilities.__getitem__)
        blank = float(picture.pixels.std()) < self.settings.blank_deviation
        abstained = blank or probabilities[likeliest] < self.settings.min_probability
        return Label(picture.kind, picture.subject_id, None if abstained else likeliest, probabilities, abstained)


def learns_from(concept: str) -> bool:
    """Return whether a probe learns from pictures of `concept`, rather than being tried on them."""
    return int(stable_hash("probe concept", concept)[:8], 16) % 2 == 0


def _taught(settings: LinearProbeRecipe) -> list[_Taught]:
    found = []
    for row in open_source(settings.training).rows():
        known = _known(row, settings.attribute)
        if known is None or row.data is None:
            continue
        try:
            found.append(_Taught(decode(row.data, longest_side=_SIDE), *known))
        except PictureError:
            continue  # a broken picture teaches nothing
    return found


def _known(row: PairRow, attribute: str) -> tuple[str, str] | None:
    """Return the true value and the concept of `row`: from a column called as the attribute, else from its name."""
    meta, caption = json_object(row.meta), row.caption or ""
    value, about = told(meta, attribute), caption_about(caption, row.meta, ())
    if value and about.base is None:
        return value, told(meta, "concept") or caption
    named = {GENDER: about.gender, SKIN_TONE: about.skin_tone}.get(attribute)
    return (named, about.base) if named and about.base and not about.several else None


def create(recipe: AuditRecipe, pairing: Callable[[], TextEmbedder]) -> LinearProbe:
    """Return the probe of `recipe`, taught now: its training pictures are embedded by the pairing network."""
    return LinearProbe(recipe.linear_probe, pairing())
