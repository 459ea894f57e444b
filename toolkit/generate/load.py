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
from toolkit.models.devices import check_device

ENTRY_POINTS = "tain.generators"


def load_generator(
    name: str | Path,
    *,
    device: str = "cpu",
    dtype: str = "float32",
    adapters: Sequence[Adapter] = (),
    allow_pickle: bool = False,
) -> Generator:
    """Return the generator called `name`: `zoo:latent`, a folder of `tain train latent`, `pixel` or `tokens`, a
    diffusers folder or hub id, `retrieval:RUN`, or `FAMILY:...` of an installed plug-in (entry points
    `tain.generators`).

    `dtype` (float32, float16, bfloat16) and `adapters` (LoRA) are for diffusers pipelines. Raises ModelError where it
    cannot be had, or where its family knows no such thing.
    """
    check_device(device)
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
    own = _family_of(uri.own_folder(text))
    if own is not None:
        _refuse(text, dtype, adapters)
        return _load_own(own, text, device)
    from toolkit.generate.pipeline import load_pipeline

    return load_pipeline(parsed.name, device=device, dtype=dtype, adapters=adapters, allow_pickle=allow_pickle)


def _refuse(name: str, dtype: str, adapters: Sequence[Adapter]) -> None:
    """Raise ModelError where what only diffusers pipelines take is asked of a generator of another family."""
    if adapters or dtype != "float32":
        what = "adapters" if adapters else f"dtype {dtype}"
        raise ModelError(f"{name} is no diffusers pipeline, and takes no {what}")


def _load_own(family: str, name: str, device: str) -> Generator:
    """Return the generator of a model folder of this project. Raises ModelError for a family that does not paint."""
    if family not in FAMILIES:
        hint = "; it pairs pictures with text and paints none" if family == "clip" else ""
        raise ModelError(
            f"{name} is a model of family {family!r}{hint}; the families that paint are {', '.join(FAMILIES)}"
        )
    return FAMILIES[family](name, device)


def _load_latent(name: str, device: str) -> Generator:
    from toolkit.generate.flow import FlowGenerator
    from toolkit.models.latent import load_latent
    from toolkit.models.text_encoder import load_text_encoder

    return FlowGenerator(load_latent(name), load_text_encoder(), name, device)


def _load_pixel(name: str, device: str) -> Generator:
    from toolkit.generate.flow import FlowGenerator
    from toolkit.models.pixel import load_pixel
    from toolkit.models.text_encoder import load_text_encoder

    return FlowGenerator(load_pixel(name), load_text_encoder(), name, device)


def _load_tokens(name: str, device: str) -> Generator:
    from toolkit.generate.tokens import TokenGenerator
    from toolkit.models.text_encoder import load_text_encoder
    from toolkit.models.tokens import load_tokens

    return TokenGenerator(load_tokens(name), load_text_encoder(), name, device)


FAMILIES: dict[str, Callable[[str, str], Generator]] = {
    "latent": _load_latent,
    "pixel": _load_pixel,
    "tokens": _load_tokens,
}


def _family_of(folder: Path) -> str | None:
    """Return the family in the config.json of `folder`; None for a folder that `tain train` did not write."""
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return str(config["family"]) if isinstance(config, dict) and "family" in config else None
