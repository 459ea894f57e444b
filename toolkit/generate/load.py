"""Finds the generator that a model URI names."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from pathlib import Path

from toolkit.errors import ModelError
from toolkit.generate.generator import Generator
from toolkit.generate.settings import Adapter
from toolkit.models import uri

ENTRY_POINTS = "tain.generators"


def load_generator(
    name: str | Path,
    *,
    device: str = "cpu",
    dtype: str = "float32",
    adapters: Sequence[Adapter] = (),
    allow_pickle: bool = False,
) -> Generator:
    """Return the generator called `name`: `zoo:latent`, a folder of `tain train latent`, a diffusers folder or hub id,
    `retrieval:RUN`, or `FAMILY:...` of an installed plug-in (entry points `tain.generators`).

    `dtype` (float32, float16, bfloat16) and `adapters` (LoRA) are for diffusers pipelines. Raises ModelError where it
    cannot be had, or where its family knows no such thing.
    """
    text = str(name)
    family, _, rest = text.partition(":")
    for plugin in entry_points(group=ENTRY_POINTS):
        if rest and plugin.name == family:
            make: Callable[..., Generator] = plugin.load()
            return make(rest, device=device)
    if family == "retrieval" and rest:
        _refuse(text, dtype, adapters)
        from toolkit.generate.retrieval import load_retrieval

        return load_retrieval(rest)
    parsed = uri.parse(text)
    if parsed.kind == "open_clip":
        raise ModelError(f"{text} pairs pictures with text and paints none; give a generator such as zoo:latent")
    if parsed.kind == "zoo" or _is_own(Path(parsed.name)):
        _refuse(text, dtype, adapters)
        return _load_latent(text, device)
    from toolkit.generate.pipeline import load_pipeline

    return load_pipeline(parsed.name, device=device, dtype=dtype, adapters=adapters, allow_pickle=allow_pickle)


def _refuse(name: str, dtype: str, adapters: Sequence[Adapter]) -> None:
    """Raise ModelError where what only diffusers pipelines take is asked of a generator of another family."""
    if adapters or dtype != "float32":
        what = "adapters" if adapters else f"dtype {dtype}"
        raise ModelError(f"{name} is no diffusers pipeline, and takes no {what}")


def _load_latent(name: str, device: str) -> Generator:
    from toolkit.generate.latent import LatentGenerator
    from toolkit.models.latent import load_latent
    from toolkit.models.text_encoder import load_text_encoder

    return LatentGenerator(load_latent(name), load_text_encoder(), name, device)


def _is_own(folder: Path) -> bool:
    """Return whether `folder` was written by `tain train`: its config.json names a family."""
    try:
        return "family" in json.loads((folder / "config.json").read_text("utf-8"))
    except (OSError, ValueError):
        return False
