"""LoRA adapters (Hu et al., arXiv 2106.09685), merged into the weights of a diffusers pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from toolkit.errors import ModelError
from toolkit.generate.pipeline_files import one_line
from toolkit.generate.settings import Adapter
from toolkit.models.weights import PICKLES
from toolkit.path_hashes import hash_path


def pinned(adapter: Adapter) -> Adapter:
    """Return `adapter` with the hash of its file as its fingerprint, so that what it says does not hang on a path.

    An adapter of the hub stays as it is. Raises ModelError where nothing is at its path.
    """
    if adapter.path is None:
        return adapter
    path = Path(adapter.path)
    files = sorted(path.glob("*.safetensors")) if path.is_dir() else [path]
    if adapter.file is not None:
        files = [path / adapter.file]
    if len(files) != 1 or not files[0].is_file():
        found = f"{len(files)} of them" if path.is_dir() and len(files) > 1 else "none"
        raise ModelError(f"the adapter {path} should be one file of weights or a folder with one; found {found}")
    return adapter.model_copy(update={"fingerprint": hash_path(files[0])})


def add_adapters(pipeline: Any, adapters: Sequence[Adapter], *, allow_pickle: bool) -> None:
    """Merge `adapters`, each times its weight, into the networks of `pipeline`.

    Raises ModelError where one cannot be found, does not fit, or is a pickle that was not allowed.
    """
    if not adapters:
        return
    if find_spec("peft") is None:
        raise ModelError("adapters need peft; run: pip install 'tain[adapters]'")
    if not hasattr(pipeline, "load_lora_weights"):
        raise ModelError(f"{type(pipeline).__name__} takes no adapters")
    names = [f"adapter_{place}" for place in range(len(adapters))]
    for name, adapter in zip(names, adapters, strict=True):
        _load(pipeline, name, adapter, allow_pickle=allow_pickle)
    pipeline.set_adapters(names, [adapter.weight for adapter in adapters])
    pipeline.fuse_lora(adapter_names=names)
    pipeline.unload_lora_weights()


def _load(pipeline: Any, name: str, adapter: Adapter, *, allow_pickle: bool) -> None:
    path = Path(adapter.path) if adapter.path is not None else None
    place: str | Path = adapter.id or path or ""
    named: dict[str, Any] = {} if adapter.file is None else {"weight_name": adapter.file}
    if path is not None and path.is_file():
        place, named = path.parent, {"weight_name": path.name}
    file = str(named.get("weight_name", ""))
    if file.endswith(PICKLES) and not allow_pickle:
        raise ModelError(f"{place}/{file} is a pickle, which can run any code; use safetensors, or say --allow-pickle")
    try:
        pipeline.load_lora_weights(place, adapter_name=name, use_safetensors=None if allow_pickle else True, **named)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, ImportError) as error:
        raise ModelError(f"the adapter {adapter.path or adapter.id} does not fit: {one_line(error)}") from error
    if name not in {one for names in pipeline.get_list_adapters().values() for one in names}:
        raise ModelError(f"the adapter {adapter.path or adapter.id} names no layer of this pipeline")
