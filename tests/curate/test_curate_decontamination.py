"""Rows that an evaluation set would test go, with the match shown; unrelated pictures stay."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps
from skimage import data

from toolkit.curate.cascade import Cascade
from toolkit.curate.stage import curate, decide
from toolkit.errors import RecipeError, SourceError
from toolkit.store import RunFolder

TESTED, UNRELATED = 6, 24


def _crop(name: str, seed: int) -> Image.Image:
    pixels = np.asarray(getattr(data, name)())
    random = np.random.default_rng(seed)
    top, left = random.integers(0, pixels.shape[0] - 200), random.integers(0, pixels.shape[1] - 260)
    return Image.fromarray(pixels[top : top + 200, left : left + 260])


def _write(folder: Path, pictures: dict[str, tuple[bytes, str]]) -> Path:
    folder.mkdir(parents=True)
    for name, (content, _) in pictures.items():
        (folder / name).write_bytes(content)
    lines = [{"file_name": name, "text": caption} for name, (_, caption) in pictures.items()]
    (folder / "metadata.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return folder


def _encoded(image: Image.Image, form: str = "PNG", **options: int) -> bytes:
    sink = io.BytesIO()
    image.save(sink, form, **options)
    return sink.getvalue()


@pytest.fixture(scope="module")
def tested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An evaluation set: crops of an astronaut and a rocket, and half a file."""
    pictures = {
        f"test-{row}.png": (_encoded(_crop("astronaut" if row % 2 else "rocket", row)), f"a tested caption, {row}th")
        for row in range(TESTED)
    }
    pictures["half.png"] = pictures["test-0.png"][0][:500], "broken"
    return _write(tmp_path_factory.mktemp("sets") / "evaluation", pictures)


@pytest.fixture(scope="module")
def source(tested: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unrelated crops of a cat and coffee, and copies of the evaluation set's pictures."""
    pictures = {
        f"other-{row:02}.png": (_encoded(_crop("chelsea" if row % 2 else "coffee", row)), f"view {row} of something")
        for row in range(UNRELATED)
    }
    first, second, third = (Image.open(tested / f"test-{row}.png") for row in (0, 1, 2))
    pictures["exact.png"] = (tested / "test-0.png").read_bytes(), "a woman who flies"
    pictures["resized.png"] = _encoded(first.resize((130, 100))), "smaller"
    pictures["recompressed.jpg"] = _encoded(second, "JPEG", quality=60), "coarser"
    pictures["flipped.png"] = _encoded(ImageOps.mirror(third)), "turned around"
    pictures["bordered.png"] = _encoded(ImageOps.expand(second, 20, "black")), "framed"
    pictures["cropped.png"] = _encoded(third.crop((0, 0, 234, 180))), "cut off"
    pictures["captioned.png"] = _encoded(_crop("coffee", 99)), "A TESTED caption: 77th!"
    return _write(tmp_path_factory.mktemp("sources") / "scraped", pictures)


@pytest.fixture(scope="module")
def run(source: Path, tested: Path, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return curate(source, tmp_path_factory.mktemp("runs") / "run", recipe=_recipe(tested), shard_rows=8)


def _recipe(tested: Path, **asked: object) -> dict[str, object]:
    return {"duplicates": {"decontaminate": {"source": str(tested)} | asked}}


def _taken(run: RunFolder) -> dict[str, dict[str, str]]:
    """Return the deciding reason of each row that is not kept, by the stem of its file."""
    pairs = run.find("pairs")
    assert pairs is not None
    names = [Path(image["path"]).stem for image in pairs.read("pairs")["image"].to_pylist()]
    rows = zip(names, run.read("decisions").to_pylist(), strict=True)
    return {name: row["reasons"][0] | {"status": row["status"]} for name, row in rows if row["status"] != "kept"}


def test_copies_of_the_evaluation_set_go_and_all_else_stays(run: RunFolder) -> None:
    assert set(_taken(run)) == {"exact", "resized", "recompressed", "flipped", "bordered", "cropped"}
    assert {reason["rule"] for reason in _taken(run).values()} == {"decontamination"}


def test_the_match_is_shown(run: RunFolder, tested: Path) -> None:
    found = _taken(run)
    assert re.fullmatch(
        rf"the same picture, byte for byte, as row [0-9a-f]{{32}} \(test-0\.png\) of the evaluation set {tested}",
        found["exact"]["text"],
    )
    assert re.search(
        r"looks the same as row .* \(test-0\.png\) .*; .* differ in \d+ of 64 bits", found["resized"]["text"]
    )
    assert re.fullmatch(r"10 bits, colour .*", found["resized"]["limit"])
    assert found["exact"]["value"] == found["resized"]["value"] != found["recompressed"]["value"]


def test_the_evaluation_set_is_counted_with_what_could_not_be_read(run: RunFolder) -> None:
    assert run.stages["curate"]["counts"]["evaluation"] == {"rows": TESTED + 1, "unreadable": 0}
    (folder,) = (run.path / "cache" / "evaluation").iterdir()
    unscored = [dict(one) for one in RunFolder(folder).read("scores")["unscored"].to_pylist()]
    assert [one["fingerprints"].partition(":")[0] for one in unscored if one] == ["failed"]


def test_deciding_again_scores_neither_rows_nor_the_evaluation_set(
    run: RunFolder, tested: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Cascade, "run", lambda *_: pytest.fail("scored again"))
    exact = _taken(decide(run, tmp_path / "exact", recipe=_recipe(tested, perceptual=False, status="quarantined")))
    assert {name for name, one in exact.items() if one["rule"] == "decontamination"} == {"exact"}
    assert exact["exact"]["status"] == "quarantined"
    looser = decide(run, tmp_path / "looser", recipe=_recipe(tested, exact=False))
    assert set(_taken(looser)) == set(_taken(run))


def test_captions_are_compared_where_asked_for(source: Path, tested: Path, tmp_path: Path) -> None:
    run = curate(source, tmp_path / "run", recipe=_recipe(tested, captions=True))
    assert set(_taken(run)) == {"exact", "resized", "recompressed", "flipped", "bordered", "cropped", "captioned"}
    assert "has the caption of row" in _taken(run)["captioned"]["text"]


def test_an_evaluation_set_that_is_not_there_is_an_error_before_anything_is_scored(
    source: Path, tmp_path: Path
) -> None:
    with pytest.raises(SourceError, match="does not exist"):
        curate(source, tmp_path / "run", recipe=_recipe(tmp_path / "nowhere"))
    assert not (tmp_path / "run").exists()
    with pytest.raises(RecipeError, match="they need pairing"):
        curate(source, tmp_path / "run", recipe=_recipe(tmp_path / "nowhere", cosine=0.9))


def test_a_changed_evaluation_set_is_scored_again(source: Path, tested: Path, run: RunFolder, tmp_path: Path) -> None:
    (moved := tmp_path / "evaluation").mkdir()
    for file in tested.iterdir():
        (moved / file.name).write_bytes(file.read_bytes())
    (moved / "metadata.jsonl").write_text(json.dumps({"file_name": "test-4.png", "text": "alone"}), "utf-8")
    assert set(_taken(decide(run, tmp_path / "again", recipe=_recipe(moved)))) & {"exact", "flipped"} == set()
