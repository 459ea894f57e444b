"""The three families compared: small here, and whole, in processes of their own, where it is slow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from skimage import data as photographs

from pipelines.cli import cli
from pipelines.compare_families.measured import Cost, add_cost, read_cost, run_measured
from pipelines.compare_families.recipe import FAMILIES, CompareRecipe, draw_contest
from pipelines.compare_families.stage import compare_families
from toolkit.curate.stage import curate
from toolkit.errors import RecipeError, RunError
from toolkit.recipe import load_recipe
from toolkit.store import RunFolder
from toolkit.train.pace import parts_of, seconds_per_step, with_steps
from toolkit.train.recipes import LatentRecipe, PixelRecipe
from toolkit.train.training_set import load_training_set

SMALL = {"width": 16, "layers": 1, "heads": 2}
FAST = {"batch_size": 8}
RECIPE: dict[str, Any] = {
    "seed": 1, "held_out_share": 0.3, "image_size": 32, "pictures": 6, "pool": 20,
    "latent": SMALL | {"autoencoder_width": 8, "autoencoder": FAST, "transformer": FAST},
    "pixel": SMALL | {"transformer": FAST},
    "tokens": SMALL | {"tokenizer_width": 8, "levels": [4, 4], "tokenizer": FAST, "gpt": FAST},
}  # fmt: skip
MINUTES = 0.005


@pytest.fixture(scope="module")
def curated(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """Crops of two photographs, each with a caption of its own, one of them with braces."""
    folder = tmp_path_factory.mktemp("crops")
    for name, load in {"astronaut": photographs.astronaut, "coffee": photographs.coffee}.items():
        for index in range(12):
            left, top = 25 * (index % 4), 40 * (index // 4)
            crop = Image.fromarray(load()).crop((left, top, left + 200, top + 200)).resize((72, 72))
            crop.save(folder / f"{name}-{index:02d}.png")
            braces = "{in braces}" if index == 3 else f"number {index}"
            (folder / f"{name}-{index:02d}.txt").write_text(f"{name}, part of a photograph, {braces}")
    return curate(folder, tmp_path_factory.mktemp("runs") / "curated", recipe={"duplicates": {"perceptual": None}})


class Here:
    """Runs commands in this process, which takes a second less, and notes them; breaks at the one it is told to."""

    def __init__(self, breaks_at: int = -1) -> None:
        self.commands: list[str] = []
        self.breaks_at = breaks_at

    def __call__(self, command: list[str], file: Path) -> None:
        if len(self.commands) == self.breaks_at:
            raise KeyboardInterrupt
        self.commands.append(f"{command[0]} {Path(command[command.index('--out') + 1]).name}")
        result = CliRunner().invoke(cli, command)
        assert result.exit_code == 0, result.output
        add_cost(file, Cost(2.0, 1.5, 100, 0))


def compare(curated: RunFolder, out: Path, judge: Path, launch: Any, **more: Any) -> dict[str, Any]:
    asked: dict[str, Any] = {"device": "cpu", "judge": str(judge), "recipe": RECIPE, "launch": launch} | more
    compare_families([curated.path], out, asked.pop("minutes", MINUTES), **asked)
    found: dict[str, Any] = json.loads((out / "compare.json").read_text())
    return found


def test_families_are_compared_and_an_interrupted_comparison_goes_on(
    curated: RunFolder, tiny_clip: Path, tmp_path: Path
) -> None:
    out, first = tmp_path / "compared", Here(breaks_at=4)
    with pytest.raises(KeyboardInterrupt):
        compare(curated, out, tiny_clip, first)
    assert first.commands == ["train latent", "train pixel", "train tokens", "generate latent"]
    with pytest.raises(RunError, match="say --resume"):
        compare(curated, out, tiny_clip, Here())
    with pytest.raises(RunError, match="compares with other minutes"):
        compare(curated, out, tiny_clip, Here(), minutes=9, resume=True)
    second = Here()
    found = compare(curated, out, tiny_clip, second, resume=True)
    assert second.commands == ["generate pixel", "generate tokens"]
    assert list(found["families"]) == list(FAMILIES)
    for family, one in found["families"].items():
        parts = json.loads((out / "models" / family / "training.json").read_text())["parts"]
        assert {name: part["steps"] for name, part in one["parts"].items()} == {
            name: part["steps"] for name, part in parts.items()
        }
        spent = sum(part["steps"] * part["seconds_per_step"] for part in one["parts"].values())
        assert spent == pytest.approx(60 * MINUTES, rel=0.2)
        assert one["training"] == {"seconds": 2.0, "core_seconds": 1.5, "memory": 100, "gpu_memory": 0}
        assert one["painted_per_second"] > 0
        for ranks in one["ranks"].values():
            assert (ranks["n"], ranks["pool"], ranks["chance_in_top"]) == (6, 20, 0.5)
        assert one["distance"]["n"] == 6
        assert one["distance"]["m"] == found["held_out_pairs"] >= 6
        assert one["distance"]["value"] > found["real"]["distance"]["value"]
    page = (out / "compare.md").read_text()
    assert all(f"| {name} |" in page for name in (*FAMILIES, "real pictures"))
    assert "chance 50.0 %" in page
    before = (out / "compare.json").stat().st_mtime_ns
    assert compare(curated, out, tiny_clip, Here(breaks_at=0), resume=True) == found
    assert (out / "compare.json").stat().st_mtime_ns == before


def test_the_contest_is_of_held_out_and_of_training_captions_drawn_by_the_seed(curated: RunFolder) -> None:
    recipe = load_recipe(CompareRecipe, RECIPE)
    data = load_training_set([curated], 32, held_out_share=0.3, seed=1)
    contest = draw_contest(data, recipe)
    assert contest == draw_contest(data, recipe)._replace(reference=contest.reference)
    training = {data.captions[data.caption_index[index]] for index in data.training}
    assert len(contest.held_out) == len(contest.training) == 6
    assert set(contest.training) <= training
    assert not set(contest.held_out) & training
    assert len(set(contest.pool)) == len(contest.pool) == 20
    assert {*contest.held_out, *contest.training} <= set(contest.pool)
    for caption, index in zip(contest.held_out, contest.real_held_out, strict=True):
        assert data.captions[data.caption_index[index]] == caption
    assert contest.reference.tolist() == np.flatnonzero(data.held_out).tolist()
    fewer = draw_contest(data, recipe.model_copy(update={"pictures": 500, "pool": 1000}))
    assert len(fewer.pool) == len(data.captions)


def test_the_split_is_that_of_the_comparison() -> None:
    recipe = load_recipe(CompareRecipe, RECIPE)
    for family in FAMILIES:
        of = recipe.of(family)
        assert (of.seed, of.held_out_share, of.image_size) == (1, 0.3, 32)
    with pytest.raises(RecipeError, match=r"pixel\.seed is that of the whole comparison"):
        load_recipe(CompareRecipe, {"pixel": {"seed": 3}})


def test_the_pace_of_a_part_grows_with_its_batch_and_steps_go_where_they_belong() -> None:
    small = PixelRecipe.model_validate({**SMALL, "image_size": 32, "transformer": {"batch_size": 8}})
    large = PixelRecipe.model_validate({**SMALL, "image_size": 32, "transformer": {"batch_size": 512}})
    paces = [seconds_per_step(one, "cpu")["transformer"] for one in (small, large)]
    assert paces[1] > 3 * paces[0] > 0
    flow, v = LatentRecipe(), LatentRecipe(prediction="v")
    assert {name: part.share for name, part in parts_of(flow).items()} == {"autoencoder": 0.2, "transformer": 0.8}
    assert list(parts_of(v)) == ["autoencoder", "unet"]
    bought = with_steps(v, {"autoencoder": 7, "unet": 11})
    assert isinstance(bought, LatentRecipe)
    assert (bought.diffusers.autoencoder.steps, bought.diffusers.unet.steps) == (7, 11)
    assert bought.transformer == v.transformer


def test_a_command_is_measured_in_a_process_of_its_own(tmp_path: Path) -> None:
    """Its memory is its own, not that of a large process that started it."""
    ballast = np.ones(300 << 17)  # 300 MiB
    run_measured(["doctor", "--json"], tmp_path / "cost.json")
    with pytest.raises(RunError, match="tain train gan ended with 2"):
        run_measured(["train", "gan"], tmp_path / "cost.json")
    cost = read_cost(tmp_path / "cost.json")
    assert len(json.loads((tmp_path / "cost.json").read_text())) == 2
    assert cost.core_seconds > 0.1
    assert 0.1 < cost.seconds < 120
    assert 10 < cost.memory < 300 < ballast.nbytes >> 19
    assert cost.gpu_memory == 0


@pytest.mark.slow
def test_the_command_line_compares_in_processes_of_their_own(
    curated: RunFolder, tiny_clip: Path, tmp_path: Path
) -> None:
    import yaml

    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(RECIPE))
    words = ["compare-families", "--data", str(curated.path), "--out", str(tmp_path / "out"), "--minutes", str(MINUTES)]
    more = ["--device", "cpu", "--judge", str(tiny_clip), "--recipe", str(tmp_path / "recipe.yaml")]
    result = CliRunner().invoke(cli, words + more)
    assert result.exit_code == 0, result.output
    assert "| real pictures |" in result.stdout
    found = json.loads((tmp_path / "out" / "compare.json").read_text())
    for one in found["families"].values():
        for what in ("training", "painting"):
            assert one[what]["core_seconds"] > 1
            assert 100 < one[what]["memory"] < 3000
