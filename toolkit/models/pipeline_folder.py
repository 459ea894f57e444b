"""Opens diffusers pipelines: a folder that diffusers saved, or a hub id."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

from toolkit.errors import ModelError
from toolkit.models import torchvision_ops
from toolkit.models.text_encoder import quiet_transformers
from toolkit.models.weights import PICKLES, fingerprint


def open_pipeline(name: str, *, allow_pickle: bool = False) -> Any:
    """Return the text-to-image pipeline in folder or hub repository `name`, on the CPU, without progress bars.

    Raises ModelError where there is none, its weights are missing, or they are pickles that were not allowed.
    """
    torchvision_ops.ensure()
    import diffusers

    folder = Path(name)
    if folder.is_dir():
        _check_folder(folder, allow_pickle=allow_pickle)
    diffusers.utils.logging.disable_progress_bar()
    try:
        with quiet_transformers():
            pipeline = diffusers.DiffusionPipeline.from_pretrained(name, use_safetensors=None if allow_pickle else True)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise ModelError(f"diffusers cannot load {name}: {' '.join(str(error).split())[:300]}") from error
    if "prompt" not in inspect.signature(pipeline.__call__).parameters:
        raise ModelError(f"{name} holds a {type(pipeline).__name__}, which takes no prompt; expected text-to-image")
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def save_pipeline(pipeline: Any, folder: Path) -> None:
    """Write `pipeline` to `folder` as diffusers does, without progress bars."""
    with quiet_transformers():
        pipeline.save_pretrained(folder)


def pipeline_fingerprint(pipeline: Any) -> str:
    """Return a hash of all weights and configurations of `pipeline`: 32 hex digits, equal for equal pipelines."""
    networks = {name: part for name, part in pipeline.components.items() if hasattr(part, "state_dict")}
    configurations = {name: str(getattr(part, "config", "")) for name, part in sorted(pipeline.components.items())}
    return fingerprint(*(networks[name] for name in sorted(networks)), **configurations)


def _check_folder(folder: Path, *, allow_pickle: bool) -> None:
    index = folder / "model_index.json"
    if not index.is_file():
        raise ModelError(
            f"{folder} is no model: expected model_index.json (a diffusers pipeline) or config.json (from tain train)"
        )
    try:
        parts = json.loads(index.read_text("utf-8"))
    except ValueError as error:
        raise ModelError(f"{index} is not valid JSON: {error}") from error
    for name, part in parts.items():
        if not (isinstance(part, list) and part[0] in ("diffusers", "transformers")) or not (folder / name).is_dir():
            continue
        _check_part(folder / name, allow_pickle=allow_pickle)


def _check_part(part: Path, *, allow_pickle: bool) -> None:
    """Raise ModelError where a network's folder (one with a config.json) holds no weights, or only pickles."""
    if not (part / "config.json").is_file() or any(part.glob("*.safetensors")):
        return
    pickles = sorted(path.name for path in part.iterdir() if path.suffix in PICKLES)
    if pickles and not allow_pickle:
        raise ModelError(
            f"{part / pickles[0]} is a pickle, which can run any code; use safetensors, or say --allow-pickle "
            "(tain train: allow_pickle in the recipe)"
        )
    if not pickles:
        raise ModelError(f"{part} has a config.json but no weights; expected a .safetensors file beside it")
