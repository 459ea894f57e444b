"""`tain loop` killed at random moments, through curation, training, painting, audit and two mitigations."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import pytest
import yaml
from kills import COMMAND, content, killed
from planted_skew import BARE, NAMED, write_planted_skew

from toolkit.seeds import stable_hash
from toolkit.store import open_run
from toolkit.train.training_set import kept_rows
from toolkit.verify.run import verify

WORDS = (*COMMAND, "loop", "--recipe", "loop.yaml", "--out", "turn")
RUNS = ("curated", "audit", "mitigated-prompt/strength-1", "mitigated-data/data-1", "mitigated-data/strength-1")
TURN = {
    "curate": {"source": "pairs", "recipe": {"pairing": {"model": "zoo:clip", "threshold": 0.0}}},
    "train": {
        "kind": "latent",
        "recipe": {"start": "zoo:latent", "held_out_share": 0, "transformer": {"steps": 12, "batch_size": 8}},
    },
    "generate": {
        "probes": {"templates": ["{role}"], "slots": {"role": ["pilot", "artist"]}}, "replicates": 12,
        "recipe": {"num_inference_steps": 2},
    },
    "audit": {
        "recipe": {
            "annotators": ["clip"],
            "zero_shot": {"min_similarity": -1, "min_probability": 0.5, "min_margin": 0},
        }
    },
    "mitigate": [{"by": "prompt"}, {"by": "data"}],
}  # fmt: skip


def begin(folder: Path) -> Path:
    """Write the pairs and the recipe of a turn into the new `folder` and return it."""
    data = write_planted_skew(folder / "set", ["pilot", "artist"], captions=(BARE, NAMED))
    (folder / "pairs").mkdir()
    lines = []
    for number, (_, row) in enumerate(kept_rows([open_run(data.path)], ["caption", "image"])):
        (folder / "pairs" / f"{number}.webp").write_bytes(row["image"]["bytes"])
        lines.append(json.dumps({"file_name": f"{number}.webp", "text": row["caption"]}))
    (folder / "pairs" / "metadata.jsonl").write_text("\n".join(lines), "utf-8")
    (folder / "loop.yaml").write_text(yaml.safe_dump(TURN), "utf-8")
    return folder


def told(folder: Path) -> dict[str, str]:
    """Return what the turn in `folder` came to: its tables, its models, and what its mitigations say but for time."""
    turn = folder / "turn"
    found = {name: content(open_run(turn / name)) for name in RUNS}
    for model in (turn / "model", turn / "mitigated-data" / "model-1"):
        found[str(model.relative_to(turn))] = stable_hash((model / "model.safetensors").read_bytes())
    for by in ("prompt", "data"):
        said = json.loads((turn / f"mitigated-{by}" / "mitigation.json").read_text("utf-8"))
        for step in said["steps"]:
            step.pop("compute")
        found[by] = json.dumps(said, sort_keys=True)
    return found


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_turn_that_is_killed_twenty_times_ends_as_undisturbed(tmp_path: Path) -> None:
    folder = begin(tmp_path / "here")
    assert not killed(WORDS, 900, folder)
    undisturbed = told(folder)
    shutil.rmtree(folder / "turn")  # the tables name where the pictures lie, so it is the same place again
    moments, struck = random.Random(8), 0
    while killed(WORDS, moments.uniform(4, 14) if struck < 20 else 900, folder):
        struck += 1
    print(f"{struck} kills struck a running turn")
    assert struck >= 5, "it ended before it was killed: nothing would be shown"
    assert told(folder) == undisturbed
    for name in RUNS:
        assert [one.text for one in verify(folder / "turn" / name).problems] == []
