"""Annotators: pictures in, labels with the probabilities of all values out, and an abstention where they cannot tell.

Labels say how a person is presented and perceived in a picture; none of them says who anyone is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from toolkit.audit.recipe import AuditRecipe
from toolkit.errors import RecipeError

GROUP = "tain.annotators"
BUILT_IN = {
    "clip": "toolkit.audit.annotators.clip:create",
    "skin-tone": "toolkit.audit.annotators.skin_tone:create",
    "skin-type": "toolkit.audit.annotators.skin_type:create",
    "nearest-variant": "toolkit.audit.annotators.nearest_variant:create",
    "linear-probe": "toolkit.audit.annotators.linear_probe:create",
    "faces": "toolkit.audit.annotators.faces:create",
    "nsfw": "toolkit.audit.annotators.nsfw:create",
    "vqa": "toolkit.audit.annotators.vqa:create",
    "caption-words": "toolkit.audit.annotators.caption_words:create",
}


@dataclass(frozen=True)
class Picture:
    """A picture to label.

    `kind` is sample or pair, `subject_id` its key. `concept` is what it is about; `caption` its prompt or caption;
    `gender` and `skin_tone` what the caption names, if anything. Pictures of one `family` are variants of one
    drawing and always come together. `pixels` are RGB uint8 (height, width, 3); `embedding` is the unit vector of the
    pairing network, (d,) float32, for annotators that need it.
    """

    kind: str
    subject_id: str
    concept: str
    caption: str
    pixels: NDArray[np.uint8]
    gender: str | None = None
    skin_tone: str | None = None
    family: str = ""
    embedding: NDArray[np.float32] | None = None


class Label(NamedTuple):
    """What an annotator reads in one picture: `value` is None exactly where it `abstained`.

    `probabilities` holds every value, also where it abstained. `instance` is 0 for the whole picture; 1, 2, ... are
    people in it, and the first stands for the picture where pictures are counted. `attribute` is "" for that of the
    annotator; one that reads several says which.
    """

    kind: str
    subject_id: str
    value: str | None
    probabilities: dict[str, float]
    abstained: bool
    instance: int = 0
    attribute: str = ""


class Annotator(Protocol):
    """Reads one attribute. `kinds` are the subject kinds it labels; it may pass over pictures it is not made for."""

    name: str
    version: str
    attribute: str
    values: tuple[str, ...]
    kinds: frozenset[str]
    needs_embedding: bool

    def annotate(self, pictures: Sequence[Picture]) -> list[Label]: ...


@runtime_checkable
class ReadsSeveral(Protocol):
    """What an annotator may offer besides: it reads `attributes`, and each of its labels says which."""

    @property
    def attributes(self) -> tuple[str, ...]: ...


@runtime_checkable
class ReadsLarge(Protocol):
    """What an annotator may offer besides: it is given pictures of up to `longest_side` pixels, not of the usual 256,
    some of a family at a time and without their embeddings."""

    @property
    def longest_side(self) -> int: ...


def attributes_of(annotator: Annotator) -> tuple[str, ...]:
    """Return every attribute that `annotator` reads."""
    return annotator.attributes if isinstance(annotator, ReadsSeveral) else (annotator.attribute,)


class TextEmbedder(Protocol):
    """The part of a pairing network that an annotator needs: unit vectors of texts, and the factor on a cosine."""

    @property
    def fingerprint(self) -> str: ...
    @property
    def logit_scale(self) -> float: ...
    def embed_texts(self, texts: Sequence[str], *, batch_size: int = 64) -> NDArray[np.float32]: ...


Factory = Callable[[AuditRecipe, Callable[[], TextEmbedder]], Annotator]


def create_annotators(recipe: AuditRecipe, pairing: Callable[[], TextEmbedder]) -> list[Annotator]:
    """Return the annotators that `recipe` names, in its order. `pairing` is called only by those that need it.

    Other people's annotators come in by the entry point group `tain.annotators`: a factory that takes the recipe and
    `pairing`. Raises RecipeError for a name that nobody provides.
    """
    return [_factory(name)(recipe, pairing) for name in dict.fromkeys(recipe.annotators)]


def _factory(name: str) -> Factory:
    found: Any
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        found = getattr(import_module(module), attribute)
        return found  # type: ignore[no-any-return]
    plugged = {one.name: one for one in entry_points(group=GROUP)}
    if name not in plugged:
        known = ", ".join(sorted({*BUILT_IN, *plugged}))
        raise RecipeError(f"no annotator is called {name!r}; known are {known}. Install the package that brings it")
    found = plugged[name].load()
    return found  # type: ignore[no-any-return]


def rounded(values: Sequence[str], probabilities: NDArray[np.floating[Any]]) -> dict[str, float]:
    """Return `probabilities` by value, rounded to 1e-4 so that machines agree before a threshold reads them."""
    return {value: round(float(one), 4) for value, one in zip(values, probabilities, strict=True)}
