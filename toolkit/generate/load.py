"""Finds the generator that a model URI names."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path

from toolkit.errors import ModelError
from toolkit.generate.generator import Generator
from toolkit.models import uri

ENTRY_POINTS = "tain.generators"


def load_generator(name: str | Path, *, device: str = "cpu", allow_pickle: bool = False) -> Generator:
    """Return the generator called `name`: `zoo:latent`, a folder of `tain train latent`, a diffusers folder or hub id,
    or `FAMILY:...` of an installed plug-in (entry points `tain.generators`). Raises ModelError where it cannot be had.
    """
    text = str(name)
    family, _, rest = text.partition(":")
    for plugin in entry_points(group=ENTRY_POINTS):
        if rest and plugin.name == family:
            make: Callable[..., Generator] = plugin.load()
            return make(rest, device=device)
    parsed = uri.parse(text)
    if parsed.kind == "open_clip":
        raise ModelError(f"{text} pairs pictures with text and paints none; give a generator such as zoo:latent")
    if parsed.kind == "zoo" or _is_own(Path(parsed.name)):
        return _load_latent(text)
    from toolkit.generate.pipeline import load_pipeline

    return load_pipeline(parsed.name, device=device, allow_pickle=allow_pickle)


def _load_latent(name: str) -> Generator:
    from toolkit.generate.latent import LatentGenerator
    from toolkit.models.latent import load_latent
    from toolkit.models.text_encoder import load_text_encoder

    return LatentGenerator(load_latent(name), load_text_encoder(), name)


def _is_own(folder: Path) -> bool:
    """Return whether `folder` was written by `tain train`: its config.json names a family."""
    try:
        return "family" in json.loads((folder / "config.json").read_text("utf-8"))
    except (OSError, ValueError):
        return False
