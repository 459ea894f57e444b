"""The files of a diffusers pipeline: whole, trusted, and loaded network by network."""

from __future__ import annotations

import inspect
import json
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from toolkit.errors import ModelError
from toolkit.models import torchvision_ops
from toolkit.models.text_encoder import quiet_transformers
from toolkit.models.weights import PICKLES, fingerprint

LIBRARIES = ("diffusers", "transformers")
DTYPES = ("float32", "float16", "bfloat16")
FAILURES = (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError)


def open_pipeline(name: str, *, dtype: str, allow_pickle: bool) -> Any:
    """Return the text-to-image pipeline in folder or hub repository `name`, on the CPU, its safety checker's
    blacking-out removed: of the class that AutoPipeline finds for it, else of its own class.

    Raises ModelError where there is none, its weights are missing or misshapen, or they are pickles that were not
    allowed.
    """
    torchvision_ops.ensure()
    import diffusers
    import torch

    if dtype not in DTYPES:
        raise ModelError(f"no dtype is called {dtype!r}; expected {', '.join(DTYPES)}")
    diffusers.utils.logging.disable_progress_bar()
    diffusers.utils.logging.set_verbosity_error()
    with quiet_transformers():
        folder = pipeline_folder(name, allow_pickle=allow_pickle)
        networks = load_networks(folder, getattr(torch, dtype), allow_pickle=allow_pickle)
        pipeline = _assemble(folder, networks, getattr(torch, dtype), allow_pickle=allow_pickle)
    if "prompt" not in inspect.signature(pipeline.__call__).parameters:
        raise ModelError(f"{name} holds a {type(pipeline).__name__}, which takes no prompt; expected text-to-image")
    if getattr(pipeline, "safety_checker", None) is not None:
        pipeline.safety_checker = _flag_only(pipeline.safety_checker)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def pipeline_folder(name: str, *, allow_pickle: bool) -> Path:
    """Return the folder of pipeline `name`, a folder here or a hub id, which is fetched into the hub's cache.

    Raises ModelError where there is none, a part has no weights, or they are pickles that were not allowed.
    """
    import diffusers

    folder = Path(name)
    if not folder.is_dir():
        try:
            folder = Path(diffusers.DiffusionPipeline.download(name, use_safetensors=None if allow_pickle else True))
        except (OSError, ValueError) as error:
            raise ModelError(f"diffusers cannot fetch {name}: {one_line(error)}") from error
    for part in _parts(folder):
        check_weights(folder / part, allow_pickle=allow_pickle)
    return folder


def load_networks(folder: Path, dtype: Any, *, allow_pickle: bool) -> dict[str, Any]:
    """Return the networks of the pipeline in `folder` by their names in it.

    Raises ModelError where weights are missing or misshapen: diffusers itself would fill them with noise.
    """
    networks = {}
    for name, (library, class_name) in _parts(folder).items():
        kind = getattr(import_module(library), class_name, None)
        if (folder / name / "config.json").is_file() and hasattr(kind, "from_pretrained"):
            networks[name] = load_network(folder / name, kind, dtype, allow_pickle=allow_pickle)
    return networks


def pipeline_fingerprint(pipeline: Any) -> str:
    """Return a hash of all that decides a picture: weights, configurations, vocabularies; not of where they lie."""
    parts = dict(sorted(pipeline.components.items()))
    networks = [part for part in parts.values() if hasattr(part, "state_dict")]
    about: dict[str, Any] = {"class": type(pipeline).__name__}
    for name, part in parts.items():
        found = getattr(part, "config", {})
        config = found.to_dict() if hasattr(found, "to_dict") else dict(found)
        kept = {key: one for key, one in config.items() if key[0] != "_" and key != "transformers_version"}
        about[name] = kept | ({"vocabulary": part.get_vocab()} if hasattr(part, "get_vocab") else {})
    return fingerprint(*networks, **about)


def one_line(error: BaseException) -> str:
    """Return the message of `error` on one line, cut to 300 characters."""
    return " ".join(str(error).split())[:300]


def _parts(folder: Path) -> dict[str, tuple[str, str]]:
    """Return the library and the class of each part that lies in a folder of its own below `folder`."""
    index = folder / "model_index.json"
    if not index.is_file():
        raise ModelError(
            f"{folder} is no model: expected model_index.json (a diffusers pipeline) or config.json (from tain train)"
        )
    try:
        parts = json.loads(index.read_text("utf-8"))
    except ValueError as error:
        raise ModelError(f"{index} is not valid JSON: {error}") from error
    return {
        name: (str(part[0]), str(part[1]))
        for name, part in parts.items()
        if isinstance(part, list) and len(part) == 2 and part[0] in LIBRARIES and (folder / name).is_dir()
    }


def check_weights(part: Path, *, allow_pickle: bool) -> None:
    """Raise ModelError where a network's folder (one with a config.json) holds no weights, or only pickles."""
    if not (part / "config.json").is_file() or any(part.glob("*.safetensors")):
        return
    pickles = sorted(path.name for path in part.iterdir() if path.suffix in PICKLES)
    if pickles and not allow_pickle:
        raise ModelError(
            f"{part / pickles[0]} is a pickle, which can run any code; use safetensors, or say --allow-pickle "
            "(tain train, tain audit: allow_pickle in the recipe)"
        )
    if not pickles:
        raise ModelError(f"{part} has a config.json but no weights; expected a .safetensors file beside it")


def load_network(part: Path, kind: Any, dtype: Any, *, allow_pickle: bool) -> Any:
    """Return the network of class `kind` in the folder `part`, ready to use.

    Raises ModelError where weights are missing or misshapen.
    """
    weights = [path.name for path in part.glob("*.safetensors")]
    named: dict[str, Any] = {"dtype": dtype}
    if weights and all(".fp16" in name for name in weights):
        named["variant"] = "fp16"
    named["use_safetensors"] = None if allow_pickle and not weights else True
    try:
        network, found = kind.from_pretrained(part, output_loading_info=True, **named)
    except FAILURES as error:
        raise ModelError(f"the weights in {part} do not fit its configuration: {one_line(error)}") from error
    for what, keys in (("missing", found["missing_keys"]), ("of another shape", found["mismatched_keys"])):
        if keys:
            first = sorted(str(one) for one in keys)[0]
            raise ModelError(
                f"the weights in {part} do not fit its configuration: {len(keys)} tensors are {what}, {first} among "
                "them; copy the model folder again"
            )
    return network.eval()


def _assemble(folder: Path, networks: dict[str, Any], dtype: Any, *, allow_pickle: bool) -> Any:
    import diffusers

    named = {"dtype": dtype, "use_safetensors": None if allow_pickle else True, **networks}
    try:
        try:
            return diffusers.AutoPipelineForText2Image.from_pretrained(folder, **named)
        except ValueError as error:
            if "can't find a pipeline" not in str(error):
                raise
            return diffusers.DiffusionPipeline.from_pretrained(folder, **named)
    except FAILURES as error:
        raise ModelError(f"diffusers cannot load {folder}: {one_line(error)}") from error


def _flag_only(checker: Any) -> Any:
    """Return `checker` so that its verdict is kept and the pictures are not blacked out: a verdict is a column."""
    forward = checker.forward

    def verdict(clip_input: Any, images: Any) -> tuple[Any, Any]:
        kept = np.array(images, copy=True)
        return kept, forward(clip_input, images)[1]

    checker.forward = verdict
    return checker
