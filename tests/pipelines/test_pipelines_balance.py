"""`tain balance` and what `tain curate` says of groups, from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from grouped_source import RECIPE, write_grouped_source

from pipelines.cli import cli
from toolkit.store import open_run


@pytest.fixture(scope="module")
def curated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The run, and what was printed while it was made."""
    folder = tmp_path_factory.mktemp("balance")
    (folder / "recipe.yaml").write_text(yaml.safe_dump(RECIPE))
    arguments = ["curate", str(write_grouped_source(folder / "source")), "--out", str(folder / "run")]
    done = CliRunner().invoke(cli, [*arguments, "--recipe", str(folder / "recipe.yaml"), "--workers", "1"])
    assert done.exit_code == 0, done.output
    return folder / "run", done.output


def test_curate_says_who_is_left_out_more_often(curated: tuple[Path, str]) -> None:
    said = " ".join(curated[1].replace("\N{NO-BREAK SPACE}", " ").split())
    assert "left out more often than others" in said
    assert "gender, all rules: woman: 24 of 40 rows kept" in said


def test_balance_writes_weights_and_says_what_they_cost(curated: tuple[Path, str], tmp_path: Path) -> None:
    target = tmp_path / "target.yaml"
    target.write_text("gender: {woman: 0.5, man: 0.5}\n")
    out = tmp_path / "balanced"
    done = CliRunner().invoke(cli, ["balance", str(curated[0]), "--target", str(target), "--out", str(out)])
    assert done.exit_code == 0, done.output
    kept = open_run(curated[0]).stages["curate"]["counts"]["kept"]
    weights = open_run(out).read("weights")["weight"].to_pylist()
    assert len(weights) == kept == 128
    assert sum(weights) == pytest.approx(kept)
    assert "woman" in done.output
    assert "128 rows weigh as much as" in " ".join(done.output.split())


def test_a_target_that_cannot_be_met_is_one_line(curated: tuple[Path, str], tmp_path: Path) -> None:
    target = tmp_path / "target.yaml"
    target.write_text("gender: {woman: 0.99, man: 0.01}\n")
    out = tmp_path / "out"
    arguments = ["balance", str(curated[0]), "--target", str(target), "--out", str(out), "--cap", "1.5"]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code != 0
    assert "cannot be met with no weight above 1.5" in done.output
    assert not out.exists()
