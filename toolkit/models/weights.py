"""Weights on disk: safetensors beside a config.json, stored in half precision, computed with in single."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from toolkit.errors import ModelError
from toolkit.models import uri
from toolkit.store import write_atomically

if TYPE_CHECKING:
    import torch

    Network = TypeVar("Network", bound=torch.nn.Module)

PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")


def read_config(folder: Path, family: str) -> dict[str, Any]:
    """Return the config.json of a model folder of this project. Raises ModelError where it is not of `family`."""
    path = folder / "config.json"
    if not path.is_file():
        raise ModelError(f"{folder} has no config.json; expected a model folder that `tain train` wrote")
    try:
        config: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ModelError(f"{path} is not valid JSON: {error}") from error
    if not isinstance(config, dict) or config.get("family") != family:
        found = config.get("family") if isinstance(config, dict) else None
        raise ModelError(f"{path} describes a model of family {found!r}; expected {family!r}")
    return config


def save_folder(folder: Path, config: dict[str, Any], state: dict[str, torch.Tensor]) -> None:
    """Write `config` as config.json and `state` as model.safetensors (floats as fp16), each atomically."""
    import torch
    from safetensors.torch import save

    halves = {
        name: (value.half() if value.is_floating_point() else value).contiguous().cpu() for name, value in state.items()
    }
    if not all(bool(torch.isfinite(value).all()) for value in halves.values()):
        raise ModelError(
            f"{folder}: weights that are not finite in half precision were not saved; lower the learning rate"
        )
    write_atomically(folder / "model.safetensors", save(halves))
    write_atomically(folder / "config.json", json.dumps(config, indent=2, sort_keys=True).encode() + b"\n")


def load_state(path: Path, *, allow_pickle: bool = False) -> dict[str, torch.Tensor]:
    """Return the tensors in `path`, floats as fp32.

    Raises ModelError where the file is missing, damaged, or a pickle that was not explicitly allowed: unpickling
    runs code of whoever wrote the file.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not path.is_file():
        raise ModelError(f"no weights at {path}; expected a model.safetensors file")
    if path.suffix in PICKLES:
        if not allow_pickle:
            raise ModelError(f"{path} is a pickle, which can run any code; use safetensors, or say --allow-pickle")
        state = torch.load(path, map_location="cpu", weights_only=True)
        state = state.get("state_dict", state)
    else:
        try:
            state = load_file(path)
        except SafetensorError as error:
            raise ModelError(f"{path} is damaged ({error}); copy it again") from error
    return {name: value.float() if value.is_floating_point() else value for name, value in state.items()}


def fill(network: torch.nn.Module, state: dict[str, torch.Tensor], where: str) -> None:
    """Load `state` into `network`. Raises ModelError that names the first tensors missing, left over or misshapen."""
    try:
        network.load_state_dict(state, strict=True)
    except RuntimeError as error:
        raise ModelError(f"{where} does not fit its configuration: {' '.join(str(error).split())[:400]}") from error


def load_folder(name: str | Path, family: str, make: Callable[[dict[str, Any]], Network]) -> Network:
    """Return `make(config)` with the weights of the model folder `name` (or `zoo:NAME`), ready to use.

    Raises ModelError where the folder holds no whole model of `family`.
    """
    folder = uri.own_folder(name)
    config = read_config(folder, family)
    try:
        network = make(config)
    except (KeyError, TypeError, ValueError, ArithmeticError, RuntimeError, AssertionError) as error:
        raise ModelError(
            f"{folder / 'config.json'} describes no network that can be made ({type(error).__name__}: {error}); "
            "copy the model folder again"
        ) from error
    fill(network, load_state(folder / "model.safetensors"), str(folder))
    return network.eval()


def fingerprint(*networks: torch.nn.Module, **settings: object) -> str:
    """Return a hash of every tensor of `networks` and of `settings`: 32 hex digits, equal for equal models."""
    import torch

    digest = hashlib.blake2b(json.dumps(settings, sort_keys=True, default=str).encode(), digest_size=16)
    for network in networks:
        for name, value in sorted(network.state_dict().items()):
            digest.update(name.encode())
            digest.update(value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
