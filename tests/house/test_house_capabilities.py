"""Every recipe in the README's table of what curation looks at is run as it stands, on real pairs."""

from __future__ import annotations

import hashlib
import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import yaml
from safetensors.numpy import save_file

from toolkit.curate.recipe import CurateRecipe
from toolkit.curate.stage import curate
from toolkit.recipe import load_recipe
from toolkit.schema import STATUSES
from toolkit.sources import open_source

README = Path(__file__).parents[2] / "README.md"
SECTION = README.read_text("utf-8").split("## Curation\n")[1].split("\n## ")[0]
RECIPES = [line.rpartition("`")[0].rpartition(" | `")[2] for line in SECTION.splitlines() if line.endswith("` |")]
NEEDS = {"max_toxicity": "profanity_check", "nsfw": "onnxruntime"}


def write_pairs(folder: Path, start: int, stop: int, step: int = 1) -> Path:
    """Write some pairs of the bundled sample as a folder with metadata."""
    (folder / "images").mkdir(parents=True)
    lines = []
    for number, row in list(enumerate(open_source("zoo:sample").rows()))[start:stop:step]:
        name = f"images/{number:05d}.webp"
        (folder / name).write_bytes(row.data or b"")
        about = {"similarity": number % 10 / 10, "punsafe": 0.1, "original_width": 300, "original_height": 200}
        line = {"file_name": name, "text": row.caption, "url": f"https://example.org/{number}.webp", **about}
        lines.append(json.dumps(line | {"license": row.license}))
    (folder / "metadata.jsonl").write_text("\n".join(lines))
    return folder


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with pairs and all files that the examples name."""
    folder = tmp_path_factory.mktemp("capabilities")
    pairs = write_pairs(folder / "pairs", 0, 5500, 100)
    write_pairs(folder / "evaluation", 0, 5500, 500)
    curate(write_pairs(folder / "before", 0, 1000, 100), folder / "runs" / "earlier")
    first = sorted((pairs / "images").iterdir())[0]
    (folder / "concepts.txt").write_text("woman\nman\ncat\n")
    (folder / "words.txt").write_text("clipart\n")
    (folder / "known-bad.txt").write_text(hashlib.md5(first.read_bytes(), usedforsecurity=False).hexdigest() + "\n")
    (folder / "opted-out.txt").write_text("https://example.org/300.webp\n")
    (folder / "domains.txt").write_text("elsewhere.example\n")
    mine = {"attribute": "animals", "about": "Which animals.", "groups": {"cat": {"words": {"en": ["cat", "cats"]}}}}
    (folder / "my-words.yaml").write_text(yaml.safe_dump(mine))
    weights = np.random.default_rng(0).normal(size=(1, 256)).astype(np.float32)
    save_file({"weight": weights, "bias": np.full(1, 5, np.float32)}, str(folder / "head.safetensors"))
    return folder


def test_the_table_is_there() -> None:
    assert len(RECIPES) >= 25


@pytest.mark.parametrize("text", RECIPES)
def test_the_recipe_runs_and_accounts_for_every_row(
    text: str, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, package in NEEDS.items():
        if key in text and find_spec(package) is None:
            pytest.skip(f"{key} needs {package}, of an extra")
    monkeypatch.chdir(place)
    given = yaml.safe_load(text)
    assert load_recipe(CurateRecipe, given) != CurateRecipe()
    run = curate("pairs", tmp_path / "run", recipe=given)
    counts = run.stages["curate"]["counts"]
    assert sum(counts[status] for status in STATUSES) == counts["rows_in"] == 55
