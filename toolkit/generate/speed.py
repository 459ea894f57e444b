"""How fast a model paints here: a few pictures, timed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter
from typing import Any

from toolkit.errors import ModelError
from toolkit.generate.batches import Batches
from toolkit.generate.compose import compose
from toolkit.generate.generator import Generator
from toolkit.generate.requests import GenerationRecipe, make_requests
from toolkit.probes import Probe
from toolkit.recipe import load_recipe


def images_per_second(
    model: str | Path | Generator,
    probes: Sequence[Probe],
    *,
    recipe: Mapping[str, Any] | str | Path | None = None,
    device: str = "cpu",
    batch_size: int | None = None,
) -> float:
    """Return how many pictures of `probes` the model paints a second, once it is warm; encoding of prompts included.

    Paints one picture untimed, then a batch. Raises ModelError where the model cannot be had or paints nothing.
    """
    settings = load_recipe(GenerationRecipe, recipe)
    composed = compose(model, settings, device=device, dtype="float32", allow_pickle=False)
    painter = composed.painter
    size = batch_size or painter.defaults.batch_size
    wanted = list(islice(cycle(probes), size + 1))
    asked = make_requests(wanted, 1, 0, composed.recipe, painter.defaults, painter.fingerprint)
    first, *rest = (request for _, request in asked)
    list(Batches(painter, 1, composed.best_of).paint([first]))
    started = perf_counter()
    attempts = [one for some in Batches(painter, size, composed.best_of).paint(rest) for one in some]
    seconds = perf_counter() - started
    errors = [one.error for one in attempts if one.error is not None]
    if errors:
        raise ModelError(f"{painter.name} could not paint: {errors[0]}")
    return len(rest) / seconds
