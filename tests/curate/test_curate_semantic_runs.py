"""Semantic copies in whole runs, by the bundled network: within a run, of an earlier run, of an evaluation set."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image, ImageEnhance
from skimage import data

from toolkit.curate.cascade import Cascade
from toolkit.curate.stage import curate, decide
from toolkit.store import RunFolder

COSINE = 0.9  # the four photographs are far below, a darker copy is above
PHOTOGRAPHS = {
    "astronaut": "a woman in orange",
    "chelsea": "a cat that looks up",
    "coffee": "a cup of coffee",
    "rocket": "a rocket on its pad",
}


def _recipe(**duplicates: object) -> dict[str, object]:
    return {"pairing": {"model": "zoo:clip"}, "duplicates": {"perceptual": None} | duplicates}


def _write(folder: Path, names: list[str]) -> Path:
    """Write photographs as PNG, those called `dark-...` darker than they are."""
    folder.mkdir()
    lines = []
    for name in names:
        photograph = Image.fromarray(getattr(data, name.removeprefix("dark-"))()).resize((160, 120))
        darker = ImageEnhance.Brightness(photograph).enhance(0.9)
        (darker if name.startswith("dark-") else photograph).save(folder / f"{name}.png")
        lines.append({"file_name": f"{name}.png", "text": PHOTOGRAPHS[name.removeprefix("dark-")]})
    (folder / "metadata.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return folder


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photographs, and copies of two of them that look otherwise, cell by cell."""
    return _write(tmp_path_factory.mktemp("source") / "scraped", [*PHOTOGRAPHS, "dark-chelsea", "dark-coffee"])


@pytest.fixture(scope="module")
def run(source: Path, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return curate(source, tmp_path_factory.mktemp("runs") / "run", recipe=_recipe())


def _taken(run: RunFolder) -> dict[str, dict[str, str]]:
    """Return the deciding reason of each row that is not kept, by the stem of its file."""
    pairs = run.find("pairs")
    assert pairs is not None
    names = [Path(image["path"]).stem for image in pairs.read("pairs")["image"].to_pylist()]
    rows = zip(names, run.read("decisions").to_pylist(), strict=True)
    return {name: row["reasons"][0] for name, row in rows if row["status"] != "kept"}


def test_semantic_copies_go_and_deciding_so_embeds_nothing(
    run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _taken(run) == {}
    monkeypatch.setattr(Cascade, "run", lambda *_: pytest.fail("scored again"))
    decided = decide(run, tmp_path / "run", recipe=_recipe(semantic={"cosine": COSINE}, keep="first"))
    found = _taken(decided)
    assert set(found) == {"dark-chelsea", "dark-coffee"}
    assert found["dark-chelsea"]["limit"] == f"cosine {COSINE}"
    assert found["dark-chelsea"]["text"].endswith("which stays as the first")
    assert not list((run.path / "cache").glob("tmp*")), "the file of vectors is gone"


def test_semantic_copies_of_an_earlier_run_go_with_their_cosine(run: RunFolder, tmp_path: Path) -> None:
    first = _write(tmp_path / "month", ["astronaut", "chelsea", "coffee"])
    earlier = curate(first, tmp_path / "earlier", recipe=_recipe(keep="first"))
    asked = _recipe(semantic={"cosine": COSINE}, earlier=[str(earlier.path)], exact=False)
    found = {name: one for name, one in _taken(decide(run, tmp_path / "run", recipe=asked)).items()
             if one["rule"] == "earlier_copy"}  # fmt: skip
    assert set(found) == {"astronaut", "chelsea", "coffee", "dark-chelsea", "dark-coffee"}
    assert "the cosine of their embeddings is 1" in found["chelsea"]["text"]
    cosine = float(found["dark-coffee"]["text"].rpartition(" ")[2])
    assert COSINE <= cosine < 1


def test_an_evaluation_set_is_matched_by_embeddings_where_asked_for(
    run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tested = _write(tmp_path / "tested", ["astronaut", "chelsea", "coffee"])
    against = {"source": str(tested), "exact": False, "perceptual": None, "cosine": COSINE}
    found = _taken(decide(run, tmp_path / "first", recipe=_recipe(decontaminate=against)))
    assert set(found) == {"astronaut", "chelsea", "coffee", "dark-chelsea", "dark-coffee"}
    assert f"of the evaluation set {tested}" in found["dark-chelsea"]["text"]
    assert found["dark-chelsea"]["limit"] == f"cosine {COSINE}"
    monkeypatch.setattr(Cascade, "run", lambda *_: pytest.fail("scored again"))
    again = _taken(decide(run, tmp_path / "again", recipe=_recipe(decontaminate=against | {"status": "quarantined"})))
    assert again == found
