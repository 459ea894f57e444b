"""Deciding again from stored scores: nothing is scored twice, and what was skipped is said or computed."""

from __future__ import annotations

from pathlib import Path

import pytest
from crops import write_crops

from toolkit.curate.cascade import Cascade
from toolkit.curate.stage import curate, decide
from toolkit.errors import RunError
from toolkit.store import RunFolder

STRICT = {"captions": {"min_words": 7}}  # takes the cats and the coffee before their pictures are opened
LOOSE = {"captions": {"min_words": 1}}


@pytest.fixture(scope="module")
def crops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_crops(tmp_path_factory.mktemp("source") / "crops")


@pytest.fixture(scope="module")
def loose(crops: Path, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return curate(crops, tmp_path_factory.mktemp("runs") / "loose", recipe=LOOSE, shard_rows=8)


@pytest.fixture(scope="module")
def strict(crops: Path, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return curate(crops, tmp_path_factory.mktemp("runs") / "strict", recipe=STRICT, shard_rows=8)


def test_a_stricter_recipe_needs_no_scoring(
    loose: RunFolder, strict: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Cascade, "run", lambda *_: pytest.fail("scored again"))
    again = decide(loose.path, tmp_path / "again", recipe=STRICT)
    assert again.tables() == ["decisions", "measures"]
    first = [(one["status"], [reason["rule"] for reason in one["reasons"]][:1]) for one in rows(again)]
    assert first == [(one["status"], [reason["rule"] for reason in one["reasons"]][:1]) for one in rows(strict)]
    assert again.find("scores") == RunFolder(loose.path.resolve())
    assert again.stages["curate"]["counts"]["rows_in"] == 40


def test_skipped_scores_are_counted_in_the_refusal(strict: RunFolder, loose: RunFolder, tmp_path: Path) -> None:
    needed = skipped(strict) - skipped(loose)  # what falls in both recipes need not be scored
    assert len(needed) > 10
    with pytest.raises(RunError, match=r"\d+ rows need scores .* add --score") as refused:
        decide(strict, tmp_path / "loose", recipe=LOOSE)
    assert int(str(refused.value).split()[0]) == len(needed)
    assert not (tmp_path / "loose").exists()


def test_score_computes_just_the_skipped_and_ends_where_curating_would(
    strict: RunFolder, loose: RunFolder, tmp_path: Path
) -> None:
    completed = decide(strict, tmp_path / "completed", recipe=LOOSE, score=True)
    assert completed.read("decisions").equals(loose.read("decisions"))
    assert completed.read("scores").equals(loose.read("scores"))
    assert completed.stages["curate"]["counts"]["rows_scored"] == len(skipped(strict) - skipped(loose))
    third = decide(completed, tmp_path / "third", recipe=STRICT)
    assert [one["status"] for one in rows(third)] == [one["status"] for one in rows(strict)]


def test_a_run_without_scores_is_refused(tmp_path: Path) -> None:
    from toolkit.store import create_run

    with pytest.raises(RunError, match="no scores"):
        decide(create_run(tmp_path / "empty"), tmp_path / "out", recipe=LOOSE)
    with pytest.raises(RunError, match=r"not a run folder|not a folder"):
        decide(tmp_path / "nothing", tmp_path / "out", recipe=LOOSE)


def test_the_run_in_the_way_is_left_alone(loose: RunFolder, strict: RunFolder) -> None:
    before = strict.content_hash()
    with pytest.raises(RunError, match="already a run folder"):
        decide(loose, strict.path, recipe=STRICT)
    assert strict.content_hash() == before


def rows(run: RunFolder) -> list[dict[str, object]]:
    found: list[dict[str, object]] = run.read("decisions").to_pylist()
    return found


def skipped(run: RunFolder) -> set[str]:
    """Return the rows for which some scorer was skipped."""
    scores = run.read("scores")
    unscored = zip(scores["sample_id"].to_pylist(), scores["unscored"].to_pylist(), strict=True)
    return {sample_id for sample_id, why in unscored if "skipped" in dict(why).values()}
