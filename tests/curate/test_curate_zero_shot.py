"""Zero-shot categories: real weapons are found among real emoji, and what becomes of them is the recipe's choice."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from toolkit.curate.pairing.embedder import Embedder
from toolkit.curate.recipe import CurateRecipe
from toolkit.curate.safety.recipe import ZeroShotRecipe
from toolkit.curate.safety.zero_shot import ZeroShot, bundled_prompts, prompts_of
from toolkit.curate.scorer import Batch
from toolkit.curate.stage import curate, decide
from toolkit.errors import RecipeError
from toolkit.images import decode
from toolkit.recipe import load_recipe
from toolkit.sources import open_source
from toolkit.store import RunFolder

WEAPONS = sorted((Path(__file__).parent / "weapons").glob("*.png"))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """Emoji of one vendor, of which the first are weapons, with all categories scored and none limited."""
    folder = tmp_path_factory.mktemp("emoji")
    for place, weapon in enumerate(WEAPONS):
        shutil.copy(weapon, folder / f"{place:04}.png")
        (folder / f"{place:04}.txt").write_text(weapon.stem.replace("-", " "))
    emoji = [row for row in open_source("zoo:sample").rows() if row.source == "emoji/google"]
    for place, row in enumerate(emoji[::5], len(WEAPONS)):
        (folder / f"{place:04}.png").write_bytes(row.data or b"")
        (folder / f"{place:04}.txt").write_text(row.caption or "")
    return curate(folder, folder.parent / f"{folder.name}-run", recipe=recipe_of(maximum=1.0))


def recipe_of(**zero_shot: Any) -> dict[str, Any]:
    return {"pairing": {"model": "zoo:clip"}, "safety": {"zero_shot": zero_shot}, "duplicates": {"perceptual": None}}


def test_weapons_are_told_from_other_emoji(run: RunFolder) -> None:
    scores = np.array(run.read("scores")["zero_shot_weapon"].to_pylist(), dtype=float)
    weapons = np.arange(len(scores)) < len(WEAPONS)
    area = roc_auc_score(weapons[~np.isnan(scores)], scores[~np.isnan(scores)])
    print(f"weapons among {len(scores)} emoji: AUROC {area:.3f}")
    assert len(WEAPONS) == 7
    assert area > 0.85


def test_scores_are_the_softmax_of_the_docstring(run: RunFolder, cache: Path) -> None:
    embedder = Embedder("zoo:clip", cache)
    asked = ZeroShotRecipe.model_validate({"categories": {"weapon": {}, "cat": {"prompts": ["a cat", "a kitten"]}}})
    scorer = ZeroShot(asked, embedder)
    scorer.setup()
    pictures = embedder.network.embed_images([decode(path.read_bytes()) for path in WEAPONS])
    found = scorer.score(Batch(embeddings=pictures))
    assert list(found) == ["zero_shot_weapon", "zero_shot_cat"]
    chosen, neutral = prompts_of(asked)
    for name, prompts in chosen.items():
        mean = embedder.embed_captions(prompts).mean(axis=0)
        words = np.stack([mean / np.linalg.norm(mean), *embedder.embed_captions(neutral)])
        logits = np.exp(embedder.network.logit_scale * pictures @ words.T)
        np.testing.assert_allclose(found[f"zero_shot_{name}"], logits[:, 0] / logits.sum(axis=1), rtol=1e-4)


@pytest.mark.parametrize(("flagged", "status"), [("quarantine", "quarantined"), ("drop", "dropped")])
def test_the_recipe_says_what_becomes_of_them(run: RunFolder, tmp_path: Path, flagged: str, status: str) -> None:
    recipe = recipe_of(
        maximum=1.0, categories={name: {} for name in bundled_prompts()[0]} | {"weapon": {"maximum": 0.2}}
    )
    recipe["safety"]["flagged"] = flagged
    made = decide(run, tmp_path / "out", recipe=recipe)
    scores = run.read("scores")["zero_shot_weapon"].to_pylist()
    decided = made.read("decisions").to_pylist()
    flags = [[one["rule"] for one in row["reasons"]].count("safety_zero_shot_weapon") for row in decided]
    assert flags == [int(score is not None and score > 0.2) for score in scores]
    assert sum(flags) > 0
    assert {row["status"] for row, flag in zip(decided, flags, strict=True) if flag} == {status}


def test_other_prompts_are_other_scores(run: RunFolder, cache: Path) -> None:
    embedder = Embedder("zoo:clip", cache)
    plain, other = ZeroShotRecipe(), ZeroShotRecipe.model_validate({"categories": {"weapon": {"prompts": ["a spoon"]}}})
    assert ZeroShot(plain, embedder).version != ZeroShot(other, embedder).version
    assert ZeroShot(plain, embedder).version == run.stages["curate"]["counts"]["scorers"]["zero_shot"]


def test_it_is_off_by_default_and_needs_a_model(tmp_path: Path) -> None:
    assert load_recipe(CurateRecipe, None).safety.zero_shot is None
    with pytest.raises(RecipeError, match=r"safety\.zero_shot compares pictures with words by pairing\.model"):
        curate("zoo:sample", tmp_path / "out", recipe={"safety": {"zero_shot": {}}})
    assert not (tmp_path / "out").exists()


def test_a_category_without_prompts_is_an_error() -> None:
    with pytest.raises(RecipeError, match=r"categories\.ghosts: no prompts are bundled .* sexual, violence"):
        prompts_of(ZeroShotRecipe.model_validate({"categories": {"ghosts": {}}}))
