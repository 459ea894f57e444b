"""Painting by workers of an engine: batches of requests out, attempts back. The pictures are written by the driver."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from toolkit.engine.engine import Engine, PerWorker
from toolkit.errors import ModelError
from toolkit.generate.batches import Attempt, Batches
from toolkit.generate.capabilities import EncodesAhead
from toolkit.generate.compose import compose
from toolkit.generate.generator import Request
from toolkit.generate.requests import GenerationRecipe


@dataclass(frozen=True)
class PainterOf:
    """Makes, in each worker, what paints batches by the model of this name. It travels to the workers, so it is small.

    `fingerprint` is that of the model where the run is: another one would mix two models.
    """

    model: str
    recipe: GenerationRecipe
    fingerprint: str
    batch_size: int
    path_every: int | None
    device: str
    dtype: str
    allow_pickle: bool

    def __call__(self) -> Callable[[Sequence[Request]], list[Attempt]]:
        """Return the function, its model loaded. Raises ModelError where it cannot be had, or is another."""
        composed = compose(
            self.model, self.recipe, device=self.device, dtype=self.dtype, allow_pickle=self.allow_pickle
        )
        painter = composed.painter
        if painter.fingerprint != self.fingerprint:
            raise ModelError(f"{self.model} is another model where the workers are; give a model that all of them have")
        batches = Batches(painter, self.batch_size, composed.best_of, self.path_every)

        def paint(requests: Sequence[Request]) -> list[Attempt]:
            if isinstance(painter, EncodesAhead):
                painter.encode_ahead(requests)
            return [one for attempts in batches.paint(requests) for one in attempts]

        return paint

    @property
    def needs(self) -> PerWorker:
        """What each worker takes."""
        return self.recipe.per_worker(self.device)


@dataclass(frozen=True)
class Painters:
    """The workers of `engine` that paint as `make` says."""

    make: PainterOf
    engine: Engine

    def paint(self, blocks: Sequence[Sequence[Request]]) -> Iterator[Iterator[list[Attempt]]]:
        """Yield for each of `blocks` what yields its attempts, in their order, a batch at a time. All of one are taken
        before the next is asked for."""
        size = self.make.batch_size
        chunks = (block[start : start + size] for block in blocks for start in range(0, len(block), size))
        found = self.engine.map_batches(self.make, chunks, self.make.needs)
        for block in blocks:
            yield (next(found) for _ in range(0, len(block), size))
