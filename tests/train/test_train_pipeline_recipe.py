"""The documented recipe, and the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner
from pydantic import BaseModel

import pipelines
from pipelines.cli import cli
from toolkit.recipe import load_recipe
from toolkit.train.pipeline_recipe import PipelineRecipe

FILE = Path(pipelines.__file__).parent / "recipes" / "finetune.yaml"


def test_the_file_holds_the_defaults() -> None:
    recipe = load_recipe(PipelineRecipe, FILE)
    assert recipe.model_copy(update={"start": None}) == PipelineRecipe()


def test_the_file_names_every_key() -> None:
    def keys(kind: type[BaseModel]) -> dict[str, Any]:
        inner = {name: field.annotation for name, field in kind.model_fields.items()}
        return {
            name: keys(one) if isinstance(one, type) and issubclass(one, BaseModel) else None
            for name, one in inner.items()
        }

    def shape(value: Any) -> Any:
        return {name: shape(one) for name, one in value.items()} if isinstance(value, dict) else None

    assert shape(yaml.safe_load(FILE.read_text())) == keys(PipelineRecipe)


def test_the_example_of_the_readme_is_a_recipe() -> None:
    readme = (Path(pipelines.__file__).parents[1] / "README.md").read_text("utf-8")
    (example,) = [block for block in re.findall(r"```yaml\n(.*?)```", readme, flags=re.DOTALL) if "tune:" in block]
    recipe = load_recipe(PipelineRecipe, yaml.safe_load(example))
    assert recipe.merge
    assert recipe.optimiser.learning_rate == PipelineRecipe().optimiser.learning_rate


def test_the_command_line_trains_and_paints(stable_diffusion: Path, curated_path: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    few = {"batch_size": 4, "steps": 2}
    content = {"start": str(stable_diffusion), "merge": True, "samples": {"every": 0}, "optimiser": few}
    recipe.write_text(yaml.safe_dump(content))
    out = tmp_path / "out"
    words = ["train", "pipeline", "--recipe", recipe, "--data", curated_path, "--out", out, "--device", "cpu"]
    result = CliRunner().invoke(cli, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    assert f"tain generate --model {out / 'merged'}" in result.output
    assert json.loads((out / "training.json").read_text())["parts"]["denoiser"]["steps"] == 2
    (tmp_path / "probes.yaml").write_text('templates: ["a cat"]\n')
    words = ["generate", "--model", out / "merged", "--probes", tmp_path / "probes.yaml", "--out", tmp_path / "run"]
    painted = CliRunner().invoke(cli, [str(word) for word in [*words, "--replicates", 1]])
    assert painted.exit_code == 0, painted.output
    again = CliRunner().invoke(cli, ["train", "pipeline", "--data", str(curated_path), "--out", str(tmp_path / "b")])
    assert again.exit_code == 1
    assert "give a recipe with start" in again.output
