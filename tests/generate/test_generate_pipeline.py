from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines.cli import cli
from toolkit.errors import ModelError
from toolkit.generate.load import load_generator
from toolkit.generate.stage import generate
from toolkit.store import open_run

PROBES = {"templates": ["{role}"], "slots": {"role": ["judge", "teacher"]}}


@pytest.fixture(scope="session")
def stable_diffusion(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A StableDiffusionPipeline with few random weights, saved by diffusers itself."""
    import torch

    from toolkit.models import torchvision_ops
    from toolkit.models.text_encoder_files import weights_location

    torchvision_ops.ensure()
    from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
    from transformers import AutoTokenizer, CLIPTextConfig, CLIPTextModel

    with torch.random.fork_rng():
        torch.manual_seed(0)
        unet = UNet2DConditionModel(
            sample_size=8, block_out_channels=(8, 16), layers_per_block=1, cross_attention_dim=16,
            attention_head_dim=4, norm_num_groups=4,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        )  # fmt: skip
        vae = AutoencoderKL(
            block_out_channels=(8, 8), latent_channels=4, norm_num_groups=4,
            down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
        )  # fmt: skip
        tokenizer = AutoTokenizer.from_pretrained(weights_location(), model_max_length=16)
        text = CLIPTextModel(
            CLIPTextConfig(
                vocab_size=len(tokenizer), hidden_size=16, intermediate_size=16, num_hidden_layers=1,
                num_attention_heads=2, max_position_embeddings=16,
            )
        )  # fmt: skip
    folder = tmp_path_factory.mktemp("diffusers") / "tiny"
    StableDiffusionPipeline(
        vae=vae, text_encoder=text, tokenizer=tokenizer, unet=unet,
        scheduler=DDIMScheduler(steps_offset=1, clip_sample=False),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    ).save_pretrained(folder)  # fmt: skip
    return folder


def test_a_saved_pipeline_paints_and_repeats_itself(stable_diffusion: Path, tmp_path: Path) -> None:
    recipe = {"num_inference_steps": 2}
    runs = [
        generate(str(stable_diffusion), PROBES, tmp_path / name, replicates=3, batch_size=4, recipe=recipe)
        for name in ("a", "b")
    ]
    hashes = [run.read("samples")["sha256"].to_pylist() for run in runs]
    assert hashes[0] == hashes[1]
    assert len(set(hashes[0])) == 6
    row = runs[0].read("requests").to_pylist()[0]
    assert (row["width"], row["height"], row["guidance_scale"]) == (16, 16, 7.5)


def test_a_part_without_weights_or_with_a_pickle_is_named(stable_diffusion: Path, tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(stable_diffusion, folder)
    weights = folder / "unet" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))
    with pytest.raises(ModelError, match="--allow-pickle"):
        load_generator(folder)
    weights.with_suffix(".bin").unlink()
    with pytest.raises(ModelError, match="no weights"):
        load_generator(folder)


def test_a_setting_that_the_pipeline_lacks_is_named(stable_diffusion: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="guidance_scal'"):
        generate(
            str(stable_diffusion), PROBES, tmp_path / "run", replicates=1, recipe={"settings": {"guidance_scal": 2}}
        )


def test_a_folder_that_is_no_model_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"model_index\.json"):
        load_generator(tmp_path)
    with pytest.raises(ModelError, match="paints none"):
        load_generator("open_clip:ViT-B-32/laion2b_s34b_b79k")


def test_the_command_line_paints_with_a_saved_pipeline(stable_diffusion: Path, tmp_path: Path) -> None:
    (tmp_path / "probes.yaml").write_text('templates: ["{role}"]\nslots: {role: [judge, teacher]}\n')
    (tmp_path / "recipe.yaml").write_text("num_inference_steps: 2\n")
    words = ["generate", "--model", stable_diffusion, "--probes", tmp_path / "probes.yaml", "--out", tmp_path / "run"]
    more = ["--replicates", 2, "--recipe", tmp_path / "recipe.yaml"]
    result = CliRunner().invoke(cli, [str(word) for word in [*words, *more]])
    assert result.exit_code == 0, result.output
    run = open_run(tmp_path / "run", needs=["requests", "samples", "probe_requests"])
    samples = run.read("samples").to_pylist()
    assert len({row["sha256"] for row in samples}) == 4
    assert all((run.path / row["image_path"]).is_file() for row in samples)
