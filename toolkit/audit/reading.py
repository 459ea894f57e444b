"""All that is read of a picture at once, wherever that is done: labels, embeddings, features, what its pixels say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from toolkit.audit.annotators.annotator import Annotator, Picture, create_annotators
from toolkit.audit.content import content_rows
from toolkit.audit.features import featured
from toolkit.audit.labelling import Embedder, label_chunk
from toolkit.audit.recipe import AuditRecipe
from toolkit.audit.subjects import Subject
from toolkit.engine.engine import PerWorker


class Read(NamedTuple):
    """What was read of some subjects: rows of the labels table, why pictures could not be read, by `KIND/ID`, the
    pictures that have an embedding, rows of the content table, and pictures whose embedding is of the network for
    distances. No picture has its pixels any more."""

    labels: list[dict[str, Any]]
    unreadable: dict[str, str]
    embedded: list[Picture]
    content: list[dict[str, object]]
    featured: list[Picture]


@dataclass(frozen=True)
class Readers:
    """Who reads: the annotators, the network that embeds for them where one needs it, and one for distances alone."""

    annotators: Sequence[Annotator]
    embedder: Embedder | None
    features: Embedder | None

    def __call__(self, chunk: Sequence[Subject]) -> Read:
        """Return what is read of `chunk`; a picture is decoded once for all who read it."""
        found = label_chunk(chunk, self.annotators, self.embedder)
        more = [] if self.features is None else featured(found.pictures, self.features)
        embedded = [one for one in found.pictures if one.embedding is not None]
        content = content_rows(found.pictures)
        return Read(found.rows, found.unreadable, _without_pixels(embedded), content, _without_pixels(more))


@dataclass(frozen=True)
class ReadersOf:
    """Makes, in each worker, the readers of `recipe`. It travels to the workers, so it is small."""

    recipe: AuditRecipe

    def __call__(self) -> Readers:
        """Return the readers, their networks loaded."""
        return readers_of(self.recipe, network_of(self.recipe))

    @property
    def needs(self) -> PerWorker:
        """What each worker takes."""
        return self.recipe.per_worker(self.recipe.device)


def network_of(recipe: AuditRecipe) -> Callable[[], Any]:
    """Return what loads the pairing network of `recipe` once, when it is first asked for."""

    @cache
    def network() -> Any:
        from toolkit.models.pairing import load_pairing

        return load_pairing(recipe.pairing, device=recipe.device)

    return network


def readers_of(recipe: AuditRecipe, network: Callable[[], Any]) -> Readers:
    """Return the readers of `recipe`, ready. Raises RecipeError, and ModelError where a network cannot be had."""
    annotators = create_annotators(recipe, network)
    embedder = network() if any(one.needs_embedding for one in annotators) else None
    return Readers(annotators, embedder, _features(recipe))


def _features(recipe: AuditRecipe) -> Embedder | None:
    if recipe.features is None:
        return None
    from toolkit.models.imagenet_features import ImageNetFeatures

    return ImageNetFeatures(Path(recipe.features), recipe.device)


def _without_pixels(pictures: Sequence[Picture]) -> list[Picture]:
    none = np.zeros((0, 0, 3), np.uint8)
    return [replace(one, pixels=none) for one in pictures]
