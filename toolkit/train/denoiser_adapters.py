"""Low-rank adapters on a pipeline's denoiser, written as diffusers, or else peft, loads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save

from toolkit.errors import ModelError
from toolkit.store import write_atomically
from toolkit.train.pipeline_recipe import DenoiserLoraRecipe

FILE = "pytorch_lora_weights.safetensors"  # the name that diffusers looks for
_METADATA = "lora_adapter_metadata"  # the key under which diffusers keeps rank and alpha
_ADAPTER = "default"


def add_adapters(denoiser: Any, recipe: DenoiserLoraRecipe, seed: int) -> None:
    """Put adapters into the layers of the frozen `denoiser`; they change nothing yet.

    Raises ModelError where peft is not installed, or where no layer has such a name.
    """
    try:
        from peft import LoraConfig, inject_adapter_in_model
    except ImportError as error:
        raise ModelError("adapters need the package peft; run: pip install 'tain[train]'") from error
    config = LoraConfig(
        r=recipe.rank, lora_alpha=recipe.alpha, lora_dropout=recipe.dropout, target_modules=list(recipe.targets)
    )
    try:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            inject_adapter_in_model(config, denoiser, _ADAPTER)
    except ValueError as error:
        said = " ".join(str(error).split())[:200]
        raise ModelError(f"no adapters fit on lora.targets {', '.join(recipe.targets)}: {said}") from error


def save_adapters(pipeline: Any, name: str, folder: Path) -> str:
    """Write the adapters of the network that `pipeline` calls `name` to `folder`, and return how they are loaded.

    In the file that `load_lora_weights` reads, where the pipeline has that; else as peft keeps adapters.
    """
    from peft.utils import get_peft_model_state_dict

    denoiser = getattr(pipeline, name)
    state = {key: value.contiguous().cpu() for key, value in get_peft_model_state_dict(denoiser).items()}
    config = denoiser.peft_config[_ADAPTER]
    if not hasattr(pipeline, "load_lora_weights"):
        config.save_pretrained(str(folder))
        state = {f"base_model.model.{key}": value for key, value in state.items()}
        write_atomically(folder / "adapter_model.safetensors", save(state, {"format": "pt"}))
        return f"pipe.{name} = PeftModel.from_pretrained(pipe.{name}, FOLDER)"
    settings = {
        f"{name}.{key}": sorted(value) if isinstance(value, set) else value for key, value in config.to_dict().items()
    }
    metadata = {"format": "pt", _METADATA: json.dumps(settings, indent=2, sort_keys=True)}
    write_atomically(folder / FILE, save({f"{name}.{key}": value for key, value in state.items()}, metadata))
    return "pipe.load_lora_weights(FOLDER)"


def merge_adapters(denoiser: Any) -> None:
    """Add what the adapters of `denoiser` have learned to its weights, and remove them."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    adapted = [(name, layer) for name, layer in denoiser.named_modules() if isinstance(layer, BaseTunerLayer)]
    for name, layer in adapted:
        layer.merge()
        denoiser.set_submodule(name, layer.get_base_layer())
