"""What of a pairing network learns: both towers, one with the other locked, or low-rank adapters alone."""

from __future__ import annotations

from typing import Any

from torch import nn

from toolkit.errors import ModelError
from toolkit.models.pairing import FAMILY, PairingNetwork
from toolkit.train.recipes import ClipRecipe, LoraRecipe


def lock(made: PairingNetwork, recipe: ClipRecipe) -> list[nn.Module]:
    """Set what of `made` is trained, as `recipe.tune` says, and return the modules that are locked as a whole.

    Adapters are put into its layers, to be merged by `merge_adapters`. The frozen text encoder of networks of this
    project never learns; its projection does.
    """
    network: Any = made.network
    locked: list[nn.Module] = []
    if recipe.tune == "text":  # of a tower of timm the projection learns, as open_clip's own lock has it
        locked.append(getattr(network.visual, "trunk", network.visual))
    if made.config.get("family") == FAMILY:
        locked.append(network.text.transformer)
        if recipe.tune == "image":
            locked.append(network.text.proj)
    elif recipe.tune == "image":
        _lock_text_tower(network, locked)
    for module in locked:
        module.requires_grad_(requires_grad=False)
    if recipe.tune == "lora":
        made.network = _with_adapters(network, recipe.lora, frozen=locked)
    return locked


def merge_adapters(made: PairingNetwork) -> None:
    """Add what adapters have learned to the weights, and remove them; nothing where there are none."""
    merge = getattr(made.network, "merge_and_unload", None)
    if merge is not None:
        made.network = merge()
        made.network.requires_grad_(requires_grad=True)


def _lock_text_tower(network: Any, locked: list[nn.Module]) -> None:
    """Lock a text tower of its own, or the parts of one that open_clip's CLIP holds itself."""
    if hasattr(network, "text"):
        locked.append(network.text)
        return
    locked += [network.transformer, network.token_embedding, network.ln_final]
    for parameter in (network.positional_embedding, network.text_projection):
        if isinstance(parameter, nn.Parameter):
            parameter.requires_grad = False
        elif isinstance(parameter, nn.Module):
            locked.append(parameter)


def _with_adapters(network: Any, recipe: LoraRecipe, frozen: list[nn.Module]) -> Any:
    try:
        from peft import LoraConfig, get_peft_model
    except ImportError as error:
        raise ModelError("adapters need the package peft; run: pip install 'tain[train]'") from error
    left_out = {id(part) for module in frozen for part in module.modules()}
    kinds = (nn.Linear, nn.Conv2d, nn.MultiheadAttention)
    names = [name for name, part in network.named_modules() if isinstance(part, kinds) and id(part) not in left_out]
    inside = tuple(name + "." for name, part in network.named_modules() if isinstance(part, nn.MultiheadAttention))
    targets = [name for name in names if not (inside and name.startswith(inside))]
    config = LoraConfig(r=recipe.rank, lora_alpha=recipe.alpha, lora_dropout=recipe.dropout, target_modules=targets)
    return get_peft_model(network, config)
