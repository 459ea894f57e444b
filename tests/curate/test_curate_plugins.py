from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import EntryPoint
from pathlib import Path

import pyarrow as pa
import pytest
from PIL import Image
from skimage import data

from toolkit.curate import plugins
from toolkit.curate.scorer import Batch, Need
from toolkit.curate.stage import curate
from toolkit.errors import RecipeError


class Exclamations:
    """A scorer as another package would bring it: how many exclamation marks a caption has."""

    name = "exclamations"
    version = "1"
    columns: Mapping[str, pa.DataType] = {"exclamation_marks": pa.float64()}
    needs: frozenset[Need] = frozenset({"caption"})

    def setup(self) -> None:
        pass

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        return {"exclamation_marks": [float(caption.count("!")) for caption in batch.captions]}


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name, picture, caption in (("a", data.astronaut(), "a calm day"), ("b", data.coffee(), "BUY NOW!!!")):
        Image.fromarray(picture).resize((64, 64)).save(folder / f"{name}.png")
        (folder / f"{name}.txt").write_text(caption)
    return folder


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("exclamations", f"{__name__}:Exclamations", plugins.GROUP)
    monkeypatch.setattr(plugins, "entry_points", lambda group: [point] if group == plugins.GROUP else [])


def test_a_plugged_scorer_scores_decides_and_says_why(pictures: Path, tmp_path: Path) -> None:
    recipe = {"plugins": {"exclamations": {"exclamation_marks": {"maximum": 1}}}}
    run = curate(pictures, tmp_path / "run", recipe=recipe)
    scored = run.read("scores")["exclamation_marks"].to_pylist()
    assert sorted(scored) == [0.0, 3.0]
    (dropped,) = [row for row in run.read("decisions").to_pylist() if not row["keep"]]
    assert dropped["reasons"][0]["text"] == "exclamation marks is 3; at most 1 is asked for"
    assert run.stages["curate"]["counts"]["scorers"]["exclamations"] == "1"


def test_unknown_scorers_and_columns_are_named(pictures: Path, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="no scorer is called 'shouting'; installed are exclamations"):
        curate(pictures, tmp_path / "a", recipe={"plugins": {"shouting": {}}})
    with pytest.raises(RecipeError, match="no column 'marks'; the scorer has exclamation_marks"):
        curate(pictures, tmp_path / "b", recipe={"plugins": {"exclamations": {"marks": {"maximum": 1}}}})
