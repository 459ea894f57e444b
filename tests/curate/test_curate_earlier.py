"""A data set grows: what an earlier run kept is not kept again, and a reason names the run and the row."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from crops import write_crops
from PIL import Image

from toolkit.curate.cascade import Cascade
from toolkit.curate.stage import curate, decide
from toolkit.errors import RunError
from toolkit.store import RunFolder, create_run


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """The run of last month: 40 crops, of which 0005 or 0006, 0007, and what is broken did not stay."""
    source = write_crops(tmp_path_factory.mktemp("source") / "first")
    return curate(source, tmp_path_factory.mktemp("runs") / "first", shard_rows=8)


@pytest.fixture(scope="module")
def source(first: RunFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What was scraped this month: new crops, and some that were there before."""
    new = write_crops(tmp_path_factory.mktemp("source") / "second", rows=10)
    before = _images(first)
    lines = (new / "metadata.jsonl").read_text("utf-8").splitlines()
    for name in ("0001", "0009", "0020"):
        shutil.copy(before / f"{name}.png", new / "images" / f"same-{name}.png")
        lines.append(json.dumps({"file_name": f"images/same-{name}.png", "text": f"seen before, {name}"}))
    with Image.open(before / "0021.png") as image:
        image.convert("RGB").save(new / "images" / "coarse-0021.jpg", quality=70)
    lines.append(json.dumps({"file_name": "images/coarse-0021.jpg", "text": "a woman in poor quality"}))
    shutil.copy(before / "0023.png", new / "images" / "man.png")
    lines.append(json.dumps({"file_name": "images/man.png", "text": "a man who holds this cup"}))
    kept = [json.loads(line) for line in lines if not line.startswith('{"file_name": "images/00')]
    for file in (new / "images").glob("00*.png"):
        with Image.open(file) as image:  # other crops of other pictures than those of last month
            image.transpose(Image.Transpose.ROTATE_90).save(new / "images" / f"new-{file.name}")
        kept.append({"file_name": f"images/new-{file.name}", "text": f"a picture that is new, {file.stem}"})
        file.unlink()
    (new / "metadata.jsonl").write_text("".join(json.dumps(one) + "\n" for one in kept), "utf-8")
    return new


def _images(run: RunFolder) -> Path:
    pairs = run.read("pairs")
    return (run.path / pairs["image"][0].as_py()["path"]).resolve().parent


def _earlier(*runs: RunFolder | Path, **asked: object) -> dict[str, object]:
    paths = [str(one.path if isinstance(one, RunFolder) else one) for one in runs]
    return {"duplicates": {"earlier": paths} | asked}


def _taken(run: RunFolder) -> dict[str, dict[str, str]]:
    """Return the deciding reason of each row that went as a copy of an earlier one, by the stem of its file."""
    pairs = run.find("pairs")
    assert pairs is not None
    names = [Path(image["path"]).stem for image in pairs.read("pairs")["image"].to_pylist()]
    reasons = [row["reasons"][0] if row["reasons"] else {} for row in run.read("decisions").to_pylist()]
    return {name: one for name, one in zip(names, reasons, strict=True) if one.get("rule") == "earlier_copy"}


def _sample_id(run: RunFolder, name: str) -> str:
    pairs = run.read("pairs").to_pylist()
    return next(str(one["sample_id"]) for one in pairs if Path(one["image"]["path"]).stem == name)


def test_copies_of_what_an_earlier_run_kept_go(first: RunFolder, source: Path, tmp_path: Path) -> None:
    run = curate(source, tmp_path / "second", recipe=_earlier(first))
    found = _taken(run)
    assert set(found) == {"same-0001", "same-0020", "coarse-0021"}, "0009 was blank and never kept; 0023 named no man"
    assert found["same-0020"]["value"] == _sample_id(first, "0020")
    assert found["same-0020"]["text"] == (
        f"the same picture, byte for byte, as row {_sample_id(first, '0020')}, which {first.path} kept"
    )
    assert found["coarse-0021"]["value"] == _sample_id(first, "0021")
    assert "bits" in found["coarse-0021"]["limit"]


def test_the_same_source_again_keeps_nothing_twice(first: RunFolder, tmp_path: Path) -> None:
    again = curate(_images(first).parent, tmp_path / "again", recipe=_earlier(first))
    assert again.stages["curate"]["counts"]["kept"] == 0


def test_several_runs_are_compared_with_and_deciding_again_scores_nothing(
    first: RunFolder, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = curate(source, tmp_path / "alone")
    assert _taken(alone) == {}
    other = curate(write_crops(tmp_path / "source" / "other", rows=3), tmp_path / "other")
    monkeypatch.setattr(Cascade, "run", lambda *_: pytest.fail("scored again"))
    both = decide(alone, tmp_path / "both", recipe=_earlier(other, first))
    assert set(_taken(both)) == {"same-0001", "same-0020", "coarse-0021"}
    assert f"which {other.path} kept" in _taken(both)["same-0001"]["text"], "the first run that has it"
    assert f"which {first.path} kept" in _taken(both)["same-0020"]["text"]
    exact = decide(alone, tmp_path / "exact", recipe=_earlier(first, perceptual=None))
    assert set(_taken(exact)) == {"same-0001", "same-0020"}
    with pytest.raises(RunError, match="every row would be a copy of itself"):
        decide(alone, tmp_path / "third", recipe=_earlier(both))


def test_an_earlier_run_that_cannot_be_used_is_named_before_anything_is_scored(source: Path, tmp_path: Path) -> None:
    empty = create_run(tmp_path / "empty")
    with pytest.raises(RunError, match="empty, which has no decisions on pairs; name runs that tain curate"):
        curate(source, tmp_path / "run", recipe=_earlier(empty))
    with pytest.raises(RunError, match="nowhere is not a folder"):
        curate(source, tmp_path / "run", recipe=_earlier(tmp_path / "nowhere"))
    scored = curate(source, tmp_path / "scored")
    with pytest.raises(RunError, match="nowhere is not a folder"):
        decide(scored, tmp_path / "run", recipe=_earlier(tmp_path / "nowhere"))
    assert not (tmp_path / "run").exists()


def test_a_run_with_fingerprints_of_another_version_is_refused(first: RunFolder, source: Path, tmp_path: Path) -> None:
    old = shutil.copytree(first.path, tmp_path / "old")
    record = json.loads((old / "run.json").read_text("utf-8"))
    record["stages"]["curate"]["counts"]["scorers"]["fingerprints"] = "0"
    (old / "run.json").write_text(json.dumps(record), "utf-8")
    with pytest.raises(RunError, match=r"fingerprints are of version 0.*curate it again"):
        curate(source, tmp_path / "run", recipe=_earlier(old))


def test_resuming_against_an_earlier_run_that_has_changed_is_refused(
    first: RunFolder, source: Path, tmp_path: Path
) -> None:
    earlier = RunFolder(Path(shutil.copytree(first.path, tmp_path / "earlier")))
    run = curate(source, tmp_path / "run", recipe=_earlier(earlier))
    assert curate(source, run.path, recipe=_earlier(earlier), resume=True) == run
    (earlier.path / "decisions" / "part-00004.parquet").unlink()
    with pytest.raises(RunError, match="compared"):
        curate(source, run.path, recipe=_earlier(earlier), resume=True)


def test_an_earlier_run_of_decisions_is_one_too(first: RunFolder, source: Path, tmp_path: Path) -> None:
    stricter = decide(first, tmp_path / "stricter", recipe={"captions": {"min_words": 7}})  # no coffee
    found = _taken(curate(source, tmp_path / "run", recipe=_earlier(stricter)))
    assert set(found) == {"same-0001", "coarse-0021"}
    assert f"which {stricter.path} kept" in found["coarse-0021"]["text"]
