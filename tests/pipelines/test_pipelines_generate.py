"""`tain generate` as a person meets it: what it paints, and the one line that it refuses with."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from command_line import refusal, tain
from safetensors.torch import load_file, save_file

from pipelines.progress import Rate
from toolkit.store import open_run

SD = "StableDiffusionPipeline"
Folder = Callable[[str], Path]


@pytest.fixture
def probes(tmp_path: Path) -> Path:
    file = tmp_path / "probes.yaml"
    file.write_text('templates: ["{role}"]\nslots:\n  role: [judge, teacher]\n')
    return file


@pytest.fixture
def broken(tiny_pipeline: Folder, tmp_path: Path) -> Path:
    """A pipeline that a test may spoil."""
    return Path(shutil.copytree(tiny_pipeline(SD), tmp_path / "model"))


def words(model: object, probes: Path, out: Path, *more: object, **recipe: Any) -> list[object]:
    """Return the command that paints one picture a prompt by a recipe."""
    file = out.with_suffix(".yaml")
    file.write_text(yaml.safe_dump({"num_inference_steps": 2} | recipe))
    asked = ["generate", "--model", model, "--probes", probes, "--out", out, "--replicates", 1, "--recipe", file]
    return [*asked, *more]


# -- what it paints ---------------------------------------------------------------------------------------------------
def test_a_saved_pipeline_with_a_scheduler_and_a_negative_prompt(
    tiny_pipeline: Folder, probes: Path, tmp_path: Path
) -> None:
    recipe = {"negative_prompt": "a man", "settings": {"scheduler": "EulerAncestralDiscreteScheduler"}}
    result = tain(*words(tiny_pipeline(SD), probes, tmp_path / "run", "--replicates", 2, **recipe))
    assert result.exit_code == 0, result.output
    assert "4 pictures for 2 probes (0 failed)" in result.stdout
    run = open_run(tmp_path / "run", needs=["requests", "samples", "probe_requests"])
    assert len({row["sha256"] for row in run.read("samples").to_pylist()}) == 4
    assert all((run.path / row["image_path"]).is_file() for row in run.read("samples").to_pylist())
    row = run.read("requests").to_pylist()[0]
    assert row["negative_prompt"] == "a man"
    assert json.loads(row["settings"]) == {"scheduler": "EulerAncestralDiscreteScheduler"}


def test_more_probes_and_replicates_go_on_where_a_run_ended(tiny_latent: Path, probes: Path, tmp_path: Path) -> None:
    assert tain(*words(tiny_latent, probes, tmp_path / "run")).exit_code == 0
    probes.write_text(probes.read_text().replace("judge,", "judge, cook,"))
    again = words(tiny_latent, probes, tmp_path / "run", "--replicates", 2)
    assert "--resume" in refusal(*again)
    result = tain(*again, "--resume")
    assert "6 pictures for 3 probes (0 failed)" in result.stdout, result.output


def test_paths_are_kept_beside_the_pictures(tiny_latent: Path, probes: Path, tmp_path: Path) -> None:
    assert tain(*words(tiny_latent, probes, tmp_path / "run", "--path-every", 1)).exit_code == 0
    assert len(list((tmp_path / "run" / "paths").glob("??/*.png"))) == 2
    picture = next((tmp_path / "run" / "images").rglob("*.png"))
    result = tain(*words(tiny_latent, probes, tmp_path / "both", "--noised", picture, "--path-every", 1))
    assert result.exit_code == 0, result.output
    assert len(list((tmp_path / "both" / "paths" / "noised").glob("*.png"))) == 1


def test_a_run_can_be_retrieved_from(tmp_path: Path, probes: Path) -> None:
    from run_folder import build_curated

    build_curated(tmp_path / "curated")
    probes.write_text("templates: [firefighter]\n")
    result = tain(*words(f"retrieval:{tmp_path / 'curated'}", probes, tmp_path / "run"))
    assert result.exit_code == 0, result.output
    (row,) = open_run(tmp_path / "run").read("samples").to_pylist()
    assert "firefighter" in json.loads(row["meta"])["retrieval"]["caption"]


def test_a_failure_is_counted_and_told_and_nothing_painted_is_an_error(tmp_path: Path, probes: Path) -> None:
    from run_folder import build_curated

    build_curated(tmp_path / "curated")
    model, match = f"retrieval:{tmp_path / 'curated'}", {"settings": {"retrieval": {"match": "words"}}}
    probes.write_text("templates: [firefighter, zebra]\n")
    result = tain(*words(model, probes, tmp_path / "one", **match))
    assert result.exit_code == 0, result.output
    assert "(1 failed)" in result.stdout
    assert "the first failure: LookupError: no kept pair has a caption for 'zebra'" in result.stdout
    probes.write_text("templates: [zebra]\n")
    result = tain(*words(model, probes, tmp_path / "none", **match))
    assert result.exit_code == 1
    assert "none of the 1 pictures could be painted: LookupError" in result.stderr


def test_a_prompt_beyond_the_token_limit_is_recorded_and_flagged(
    tiny_pipeline: Folder, probes: Path, tmp_path: Path
) -> None:
    long = " ".join(["a red heart"] * 20)
    probes.write_text(yaml.safe_dump({"templates": ["judge", long]}))
    assert tain(*words(tiny_pipeline(SD), probes, tmp_path / "run")).exit_code == 0
    run = open_run(tmp_path / "run")
    flags = {row["request_id"]: row["flags"] for row in run.read("samples").to_pylist()}
    assert {row["prompt_sent"]: flags[row["request_id"]] for row in run.read("requests").to_pylist()} == {
        "judge": [],
        long: ["truncated"],
    }


# -- bad input --------------------------------------------------------------------------------------------------------
def test_a_pickle_is_refused_and_the_flag_that_allows_it_is_named(broken: Path, probes: Path, tmp_path: Path) -> None:
    weights = broken / "unet" / "diffusion_pytorch_model.safetensors"
    torch.save(load_file(weights), weights.with_suffix(".bin"))
    weights.unlink()
    said = refusal(*words(broken, probes, tmp_path / "run"))
    assert "diffusion_pytorch_model.bin is a pickle" in said
    assert "--allow-pickle" in said
    assert not (tmp_path / "run").exists()
    assert tain(*words(broken, probes, tmp_path / "run", "--allow-pickle")).exit_code == 0


def test_missing_and_misshapen_weights_are_refused(broken: Path, probes: Path, tmp_path: Path) -> None:
    weights = broken / "vae" / "diffusion_pytorch_model.safetensors"
    state = load_file(weights)
    save_file({name: value for name, value in state.items() if name != "decoder.conv_in.bias"}, weights)
    assert "1 tensors are missing, decoder.conv_in.bias" in refusal(*words(broken, probes, tmp_path / "run"))
    save_file(state | {"decoder.conv_in.bias": torch.zeros(3)}, weights)
    assert f"the weights in {weights.parent} do not fit" in refusal(*words(broken, probes, tmp_path / "run"))
    weights.unlink()
    assert "no weights" in refusal(*words(broken, probes, tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_own_models_with_missing_and_misshapen_weights_are_refused(
    tiny_latent: Path, probes: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(tiny_latent, tmp_path / "model"))
    state = load_file(folder / "model.safetensors")
    name = "transformer.output.bias"
    save_file({key: value for key, value in state.items() if key != name}, folder / "model.safetensors")
    assert name in refusal(*words(folder, probes, tmp_path / "run"))
    save_file(state | {name: torch.zeros(3)}, folder / "model.safetensors")
    assert name in refusal(*words(folder, probes, tmp_path / "run"))
    (folder / "model.safetensors").write_bytes(b"\x08")
    assert "damaged" in refusal(*words(folder, probes, tmp_path / "run"))


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        ({"settings": {"scheduler": "dimm"}}, ["no scheduler", "'dimm'", "DDIMScheduler", "PNDMScheduler"]),
        ({"width": 20}, ["sizes that 8 divides", "20 x 16"]),
        ({"height": 0}, ["height", "greater than or equal to 1"]),
        ({"settings": {"guidance": 2}}, ["takes no setting 'guidance'", "guidance_rescale"]),
        ({"settings": {"adapters": [{"path": "nowhere"}]}}, ["the adapter nowhere", "found none"]),
        ({"settings": {"adapters": [{"weight": 1}]}}, ["settings.adapters.0", "a path"]),
        ({"settings": {"clip_guidance": {}}}, ["clip_guidance is for the latent family"]),
        ({"settings": {"rerank": {"model": "zoo:none"}}}, ["zoo:none", "zoo:clip"]),
        ({"settings": {"rerank": {"m": 4}}}, ["settings.rerank.m", "did you mean"]),
    ],
)
def test_what_a_pipeline_cannot_do_is_said_before_anything_is_made(
    tiny_pipeline: Folder, probes: Path, tmp_path: Path, recipe: dict[str, Any], said: list[str]
) -> None:
    line = refusal(*words(tiny_pipeline(SD), probes, tmp_path / "run", **recipe))
    assert [one for one in said if one not in line] == [], line
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        ({"width": 512}, "paints 64 x 64 pixels; 512 x 64 was asked for"),
        ({"settings": {"sampler": "ddim"}}, "no sampler is called 'ddim'; expected euler, heun"),
        ({"settings": {"scheduler": "ddim"}}, "takes no setting 'scheduler'"),
        ({"settings": {"adapters": [{"id": "somebody/lora"}]}}, "takes no adapters"),
    ],
)
def test_what_our_own_generator_cannot_do_is_said(
    tiny_latent: Path, probes: Path, tmp_path: Path, recipe: dict[str, Any], said: str
) -> None:
    assert said in refusal(*words(tiny_latent, probes, tmp_path / "run", **recipe))
    assert not (tmp_path / "run").exists()


def test_an_empty_prompt_is_refused(tiny_latent: Path, probes: Path, tmp_path: Path) -> None:
    probes.write_text('templates: ["judge", " "]\n')
    assert "is empty" in refusal(*words(tiny_latent, probes, tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_what_is_no_curated_run_or_picture_is_refused(tiny_latent: Path, probes: Path, tmp_path: Path) -> None:
    assert "nowhere" in refusal(*words("retrieval:nowhere", probes, tmp_path / "run"))
    said = refusal(*words(tiny_latent, probes, tmp_path / "run", "--noised", tmp_path / "none.png"))
    assert "missing" in said
    assert not (tmp_path / "run").exists()


def test_the_bar_counts_what_is_done_now_and_not_what_was_there() -> None:
    from rich.console import Console
    from rich.progress import Progress

    clock = iter(range(0, 1000, 10))
    bars = Progress(Rate(), console=Console(quiet=True), get_time=lambda: float(next(clock)))
    name = bars.add_task("painting", total=1200, completed=1000)
    (task,) = bars.tasks
    assert str(Rate().render(task)) == ""
    for done in (1000, 1020, 1040, 1060):
        bars.update(name, completed=done)
    rate = float(str(Rate().render(task)).removesuffix("/s"))
    assert 0 < rate <= 2
