"""LoRA adapters (Hu et al., arXiv 2106.09685), merged into the weights of a diffusers pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from toolkit.errors import ModelError
from toolkit.generate.settings import Adapter
from toolkit.models.pipeline_files import FAILURES, one_line
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
    of_peft = [one for one in adapters if one.path and (Path(one.path) / "adapter_config.json").is_file()]
    for adapter in of_peft:
        _merge_peft(pipeline, adapter, allow_pickle=allow_pickle)
    of_diffusers = [one for one in adapters if one not in of_peft]
    if not of_diffusers:
        return
    if not hasattr(pipeline, "load_lora_weights"):
        raise ModelError(f"{type(pipeline).__name__} takes no adapters but those in a folder of peft")
    names = [f"adapter_{place}" for place in range(len(of_diffusers))]
    for name, adapter in zip(names, of_diffusers, strict=True):
        _load(pipeline, name, adapter, allow_pickle=allow_pickle)
    pipeline.set_adapters(names, [adapter.weight for adapter in of_diffusers])
    pipeline.fuse_lora(adapter_names=names)
    pipeline.unload_lora_weights()


def _merge_peft(pipeline: Any, adapter: Adapter, *, allow_pickle: bool) -> None:
    """Merge the adapter in a folder that peft saved into the denoiser."""
    from peft import PeftModel
    from peft.tuners.lora import LoraLayer

    folder, part = Path(adapter.path or ""), "unet" if getattr(pipeline, "unet", None) is not None else "transformer"
    if not (folder / "adapter_model.safetensors").is_file() and not allow_pickle:
        raise ModelError(f"{folder} has no adapter_model.safetensors; a pickle is loaded only with --allow-pickle")
    try:
        model = PeftModel.from_pretrained(getattr(pipeline, part), folder, adapter_name="ours")
    except FAILURES as error:
        raise ModelError(f"the adapter {folder} does not fit: {one_line(error)}") from error
    for layer in model.modules():
        if isinstance(layer, LoraLayer):
            layer.set_scale("ours", adapter.weight)
    pipeline.register_modules(**{part: model.merge_and_unload()})


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
    except FAILURES as error:
        raise ModelError(f"the adapter {adapter.path or adapter.id} does not fit: {one_line(error)}") from error
    if name not in {one for names in pipeline.get_list_adapters().values() for one in names}:
        raise ModelError(f"the adapter {adapter.path or adapter.id} names no layer of this pipeline")
