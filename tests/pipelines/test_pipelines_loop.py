"""`tain loop` from end to end on few pictures: what is finished is kept, and what cannot be run is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from command_line import tain
from planted_skew import BARE, NAMED, write_planted_skew

from pipelines.loop.stage import loop
from toolkit.errors import RecipeError
from toolkit.store import open_run
from toolkit.train.training_set import kept_rows

FEW = {"num_inference_steps": 2}
AUDIT = {"annotators": ["clip"], "zero_shot": {"min_similarity": -1, "min_probability": 0.5, "min_margin": 0}}


def test_a_turn_of_the_loop_goes_on_where_it_was(tmp_path: Path) -> None:
    recipe = tmp_path / "loop.yaml"
    clips = {"pairing": {"model": "zoo:clip", "threshold": 0.0}}
    write_planted_skew(tmp_path / "set", ["pilot"], captions=(BARE, NAMED))
    rows = [row for _, row in kept_rows([open_run(tmp_path / "set")], ["caption", "image"])]
    (tmp_path / "pairs").mkdir()
    lines = []
    for number, row in enumerate(rows):
        (tmp_path / "pairs" / f"{number}.webp").write_bytes(row["image"]["bytes"])
        lines.append(json.dumps({"file_name": f"{number}.webp", "text": row["caption"]}))
    (tmp_path / "pairs" / "metadata.jsonl").write_text("\n".join(lines), "utf-8")
    parts: dict[str, Any] = {
        "curate": {"source": str(tmp_path / "pairs"), "recipe": clips},
        "generate": {
            "model": "zoo:latent", "probes": {"templates": ["{role}"], "slots": {"role": ["pilot"]}}, "replicates": 40,
            "recipe": FEW,
        },
        "audit": {"recipe": AUDIT},
    }  # fmt: skip
    recipe.write_text(yaml.safe_dump(parts), "utf-8")
    first = loop(recipe, tmp_path / "turn")
    assert first.mitigated == ()
    painted = first.audited.stages["generate"]
    parts["mitigate"] = [{"by": "prompt"}]
    recipe.write_text(yaml.safe_dump(parts), "utf-8")
    said = tain("loop", "--recipe", recipe, "--out", tmp_path / "turn")
    assert said.exit_code == 0, said.output
    assert open_run(tmp_path / "turn" / "audit").stages["generate"] == painted, "nothing was painted again"
    assert (tmp_path / "turn" / "mitigated-prompt" / "mitigation.html").is_file()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"train": {"kind": "latent"}}, "give train, or generate.model, one of the two"),
        ({"mitigate": [{"by": "prompt"}, {"by": "prompt"}]}, "give each a name of its own"),
        ({"mitigate": [{"by": "magic"}]}, "by"),
    ],
)
def test_a_loop_that_cannot_be_run_is_refused(change: dict[str, Any], said: str, tmp_path: Path) -> None:
    parts = yaml.safe_load((Path(__file__).parents[2] / "pipelines" / "recipes" / "loop.yaml").read_text("utf-8"))
    with pytest.raises(RecipeError, match=said):
        loop(parts | change, tmp_path / "turn")
