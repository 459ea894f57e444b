"""Latents and texts that are kept, against what the pipeline itself makes of pictures and captions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from toolkit.errors import ModelError
from toolkit.progress import silent
from toolkit.store import RunFolder
from toolkit.train.encoded import EncodedPairs, Unencoded, count_cut, encode_pairs
from toolkit.train.pipeline_recipe import PipelineRecipe
from toolkit.train.pipeline_start import Opened, open_start
from toolkit.train.squares import read_squares
from toolkit.train.trainer import Trainer
from toolkit.train.training_set import TrainingPairs, load_training_pairs

CPU = torch.device("cpu")


def encode(opened: Opened, run: RunFolder, pairs: TrainingPairs, folder: Path | None, **recipe: Any) -> EncodedPairs:
    accelerator = Trainer(seed=0, device="cpu").accelerator()
    data = Unencoded([run], pairs, opened.side, "pad")
    return encode_pairs(data, opened.space, opened.family, PipelineRecipe(**recipe), folder, accelerator, silent)


def pairs_of(run: RunFolder) -> TrainingPairs:
    return load_training_pairs([run], held_out_share=0.3, seed=1)


@pytest.mark.parametrize("kind", ["stable_diffusion", "stable_diffusion_xl", "pixart"])
def test_what_is_kept_is_what_the_pipeline_makes(
    kind: str, curated: RunFolder, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    opened, pairs = open_start(PipelineRecipe(start=str(request.getfixturevalue(kind)))), pairs_of(curated)
    encoded = encode(opened, curated, pairs, tmp_path / "encoded")
    pictures = np.stack([one.pixels for one in read_squares([curated], 16, "pad", range(48))])
    vae: Any = opened.pipeline.vae
    with torch.no_grad():
        given = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1
        expected = vae.encode(given).latent_dist
    scale = vae.config.scaling_factor
    assert np.allclose(encoded.mean, expected.mean * scale, atol=2e-3)
    assert np.allclose(encoded.deviation, expected.std * scale, atol=2e-3)
    some = np.array([0, 3, len(pairs.captions) - 1, -1])
    texts = encoded.conditions(some, CPU)
    again = opened.family.encode([pairs.captions[index] for index in some[:3]])
    nothing = opened.family.encode_nothing()
    for name, rows in texts.items():
        assert torch.allclose(rows[:3].float(), again[name].float(), atol=5e-3)
        assert torch.allclose(rows[3:].float(), nothing[name].float(), atol=5e-3)
    assert encoded.frames[0].tolist() == [72, 72, 0, 0, 16, 16]


def test_latents_are_drawn_around_their_mean(stable_diffusion: Path, curated: RunFolder) -> None:
    encoded = encode(open_start(PipelineRecipe(start=str(stable_diffusion))), curated, pairs_of(curated), None)
    rows = np.arange(48)
    still, moved = (encoded.latents(rows, torch.full((48, 4, 8, 8), value)) for value in (0.0, 2.0))
    assert torch.equal(still, torch.from_numpy(encoded.mean).float())
    assert torch.allclose(moved - still, 2 * torch.from_numpy(encoded.deviation).float(), atol=1e-5)


def test_a_decoded_latent_is_the_pipelines_own_picture(stable_diffusion: Path) -> None:
    opened = open_start(PipelineRecipe(start=str(stable_diffusion)))
    latents = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    vae: Any = opened.pipeline.vae
    with torch.no_grad():
        plain = vae.decode(latents / vae.config.scaling_factor, return_dict=False)[0]
    expected = opened.pipeline.image_processor.postprocess(plain, output_type="np")
    assert np.array_equal(opened.space.decode(latents), (expected * 255).round().astype(np.uint8))


def test_files_are_used_again_where_they_are_whole(
    stable_diffusion: Path, curated: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, pairs = open_start(PipelineRecipe(start=str(stable_diffusion))), pairs_of(curated)
    in_memory = encode(opened, curated, pairs, tmp_path / "unused", encoded_in="memory")
    assert not (tmp_path / "unused").exists()
    calls: list[int] = []
    real = opened.space.vae.encode
    monkeypatch.setattr(opened.space.vae, "encode", lambda pictures: calls.append(1) or real(pictures))
    for whole in (False, True, False):
        calls.clear()
        if not whole:  # as a kill would leave it
            (tmp_path / "encoded" / "whole.json").unlink(missing_ok=True)
        in_files = encode(opened, curated, pairs, tmp_path / "encoded")
        assert bool(calls) is not whole
        assert np.array_equal(in_files.mean, in_memory.mean)
        assert all(np.array_equal(in_files.texts[name], in_memory.texts[name]) for name in in_memory.texts)


def test_more_than_the_recipe_allows_is_said_before_any_work(
    stable_diffusion: Path, curated: RunFolder, tmp_path: Path
) -> None:
    opened = open_start(PipelineRecipe(start=str(stable_diffusion)))
    for place in ("files", "memory"):
        with pytest.raises(ModelError, match="max_encoded_gib is 1e-05; raise it"):
            encode(opened, curated, pairs_of(curated), tmp_path / "e", max_encoded_gib=1e-5, encoded_in=place)
    assert not (tmp_path / "e").exists()


def test_captions_beyond_the_token_limit_are_counted(stable_diffusion: Path) -> None:
    family = open_start(PipelineRecipe(start=str(stable_diffusion))).family
    assert count_cut(family, ["a cat", "a cat " * 20, "a house"]) == 1
