"""Pipelines whose files are not whole, or not to be trusted."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from toolkit.errors import ModelError
from toolkit.generate.load import load_generator

Folder = Callable[[str], Path]


@pytest.fixture
def folder(tiny_pipeline: Folder, tmp_path: Path) -> Path:
    """A pipeline that a test may spoil."""
    return Path(shutil.copytree(tiny_pipeline("StableDiffusionPipeline"), tmp_path / "model"))


def test_a_part_without_weights_or_with_a_pickle_is_named(folder: Path) -> None:
    weights = folder / "unet" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))
    with pytest.raises(ModelError, match=r"unet/diffusion_pytorch_model\.bin is a pickle.*--allow-pickle"):
        load_generator(folder)
    weights.with_suffix(".bin").unlink()
    with pytest.raises(ModelError, match="no weights"):
        load_generator(folder)


def test_a_pickle_that_is_allowed_paints_as_safetensors_do(folder: Path, tiny_pipeline: Folder) -> None:
    weights = folder / "unet" / "diffusion_pytorch_model.safetensors"
    torch.save(load_file(weights), weights.with_suffix(".bin"))
    weights.unlink()
    allowed = load_generator(folder, allow_pickle=True)
    assert allowed.fingerprint == load_generator(tiny_pipeline("StableDiffusionPipeline")).fingerprint


@pytest.mark.parametrize(
    ("part", "file"), [("unet", "diffusion_pytorch_model.safetensors"), ("text_encoder", "model.safetensors")]
)
def test_missing_and_misshapen_weights_are_named_and_never_made_up(folder: Path, part: str, file: str) -> None:
    path = folder / part / file
    state = load_file(path)
    name = sorted(key for key in state if key.endswith("weight"))[0]
    save_file({key: value for key, value in state.items() if key != name}, path)
    with pytest.raises(ModelError, match=rf"{part} do not fit.* missing.*{name.removeprefix('text_model.')}"):
        load_generator(folder)
    save_file(state | {name: torch.zeros(3, 2)}, path)
    with pytest.raises(ModelError, match=rf"{part} do not fit"):
        load_generator(folder)


def test_weights_of_half_precision_that_are_named_so_are_found(folder: Path, tiny_pipeline: Folder) -> None:
    weights = folder / "unet" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".fp16.safetensors"))
    found = load_generator(folder)
    assert found.fingerprint == load_generator(tiny_pipeline("StableDiffusionPipeline")).fingerprint
