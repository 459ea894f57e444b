"""A generator with everything that a recipe's settings put around it: adapters, a guide, a judge of candidates."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from toolkit.errors import ModelError
from toolkit.generate.adapters import pinned
from toolkit.generate.candidates import SETTING, BestOf
from toolkit.generate.capabilities import PinsSettings, TakesGuide
from toolkit.generate.generator import Generator
from toolkit.generate.load import load_generator
from toolkit.generate.requests import GenerationRecipe
from toolkit.generate.settings import PaintSettings
from toolkit.models.pairing import PairingNetwork, load_pairing


class Composed(NamedTuple):
    """A generator ready for requests by `recipe`, in which every network that a setting names has its fingerprint, and
    the judge of candidates where there are any."""

    painter: Generator
    recipe: GenerationRecipe
    best_of: BestOf | None


def compose(
    model: str | Path | Generator, recipe: GenerationRecipe, *, device: str, dtype: str, allow_pickle: bool
) -> Composed:
    """Return `model`, a name or a generator that was loaded before, made ready for `recipe`.

    Raises ModelError where a network cannot be had, or where the generator knows no such setting.
    """
    settings = recipe.settings
    adapters = tuple(pinned(adapter) for adapter in settings.adapters)
    if not isinstance(model, str | Path):
        if adapters:
            raise ModelError("adapters become part of a generator when it is loaded; give them to load_generator")
        painter = model
    else:
        painter = load_generator(model, device=device, dtype=dtype, adapters=adapters, allow_pickle=allow_pickle)
    known: dict[str, PairingNetwork] = {}

    def network(name: str, expected: str | None) -> PairingNetwork:
        if name not in known:
            known[name] = load_pairing(name, device=device, allow_pickle=allow_pickle)
        if expected not in (None, known[name].fingerprint):
            raise ModelError(f"{name} has the fingerprint {known[name].fingerprint}; the recipe asks for {expected}")
        return known[name]

    update: dict[str, object] = {"adapters": adapters}
    best_of = None
    if settings.rerank is not None:
        judge = network(settings.rerank.model, settings.rerank.fingerprint)
        best_of = BestOf(judge, settings.rerank.n)
        update["rerank"] = settings.rerank.model_copy(update={"fingerprint": judge.fingerprint})
    if settings.clip_guidance is not None:
        if not isinstance(painter, TakesGuide):
            raise ModelError(f"clip_guidance is for the latent family; {painter.name} is of another")
        guide = network(settings.clip_guidance.model, settings.clip_guidance.fingerprint)
        painter = painter.with_guide(guide)
        update["clip_guidance"] = settings.clip_guidance.model_copy(update={"fingerprint": guide.fingerprint})
    ready = settings.model_copy(update=update)
    if isinstance(painter, PinsSettings):
        own = {name: value for name, value in ready.as_dict().items() if name != SETTING}
        ready = PaintSettings.model_validate(painter.pin(own) | {SETTING: ready.rerank})
    return Composed(painter, recipe.model_copy(update={"settings": ready}), best_of)
