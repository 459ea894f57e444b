"""The curate stage: every row decided and counted, the same tables however the work was done."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from crops import write_crops
from hostile import write_hostile_folder

from toolkit.curate.stage import curate
from toolkit.errors import RecipeError, RunError, SourceError
from toolkit.sources import open_source
from toolkit.store import RunFolder, open_run

SHARD_ROWS = 8


@pytest.fixture(scope="module")
def crops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_crops(tmp_path_factory.mktemp("source") / "crops")


@pytest.fixture(scope="module")
def run(crops: Path, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return curate(crops, tmp_path_factory.mktemp("runs") / "crops", shard_rows=SHARD_ROWS)


def decided(run: RunFolder) -> dict[str, tuple[str, list[str]]]:
    """Return status and the rules of all reasons by the stem of the picture's file."""
    paths = [Path(image["path"] or "").stem for image in run.find("pairs").read("pairs")["image"].to_pylist()]  # type: ignore[union-attr]
    table = run.read("decisions")
    rules = [[reason["rule"] for reason in reasons] for reasons in table["reasons"].to_pylist()]
    return dict(zip(paths, zip(table["status"].to_pylist(), rules, strict=True), strict=True))


def test_every_fault_is_found_and_every_sound_row_stays(run: RunFolder) -> None:
    taken = {name: (status, rules) for name, (status, rules) in decided(run).items() if status != "kept"}
    copy = next(name for name in ("0005", "0006") if name in taken)
    assert taken == {
        copy: ("dropped", ["exact_duplicate"]),
        "0007": ("dropped", ["perceptual_duplicate"]),
        "0009": ("dropped", ["picture_entropy", "picture_blankness"]),
        "0010": ("failed", ["decode"]),
        "0011": ("dropped", ["caption_characters", "caption_words", "caption_symbols"]),
        "0012": ("dropped", ["picture_side"]),
    }


def test_counts_add_up_step_by_step(run: RunFolder) -> None:
    counts = run.stages["curate"]["counts"]
    statuses = ("kept", "dropped", "failed", "quarantined")
    assert sum(counts[status] for status in statuses) == counts["rows_in"] == 40
    assert [counts[status] for status in statuses] == [34, 5, 1, 0]
    left = 40
    for step in counts["funnel"]:
        assert step["rows_in"] == left
        left -= step["rows_lost"]
        assert step["rows_out"] == left
        assert step["alone"]["taken"] >= 0
    assert left == counts["kept"]
    assert counts["by_source"] == {"crops": {"rows_in": 40, "kept": 34, "dropped": 5, "failed": 1, "quarantined": 0}}


def test_each_rule_alone_is_counted_over_the_rows_with_its_scores(run: RunFolder) -> None:
    alone = {step["rule"]: step["alone"] for step in run.stages["curate"]["counts"]["funnel"]}
    assert alone["caption_words"] == {"scored": 40, "taken": 1}
    assert alone["picture_side"] == {"scored": 39, "taken": 1}  # the one without words was not looked at
    assert alone["picture_blankness"] == {"scored": 37, "taken": 1}


def test_a_missing_score_is_always_explained(run: RunFolder) -> None:
    scores = run.read("scores")
    owner = {"picture_side": "picture_size", "picture_entropy": "picture_tones", "caption_words": "caption_shape"}
    for column, scorer in owner.items():
        for value, unscored in zip(scores[column].to_pylist(), scores["unscored"].to_pylist(), strict=True):
            assert (value is None) == (scorer in dict(unscored))
    why = [dict(one).get("picture_tones", "") for one in scores["unscored"].to_pylist()]
    assert sorted(filter(None, why))[1:] == ["skipped", "skipped"]
    assert sorted(filter(None, why))[0].startswith("failed: truncated")


def test_scores_are_rounded_before_rules_read_them(run: RunFolder) -> None:
    for value in run.read("scores")["picture_entropy"].to_pylist():
        assert value is None or round(value, 4) == value


@pytest.mark.parametrize("how", ["two workers", "again"])
def test_the_tables_are_the_same_however_the_work_was_done(
    how: str, run: RunFolder, crops: Path, tmp_path: Path
) -> None:
    workers = 2 if how == "two workers" else 1
    other = curate(crops, tmp_path / "other", shard_rows=SHARD_ROWS, workers=workers)
    assert other.content_hash() == run.content_hash()
    assert other.stages["curate"]["counts"] == run.stages["curate"]["counts"]


def test_the_size_of_shards_changes_no_decision(run: RunFolder, crops: Path, tmp_path: Path) -> None:
    other = curate(crops, tmp_path / "other", shard_rows=1000)
    assert other.read("decisions").equals(run.read("decisions"))


def test_scoring_every_row_changes_no_decision_but_adds_what_else_was_wrong(
    run: RunFolder, crops: Path, tmp_path: Path
) -> None:
    other = curate(crops, tmp_path / "all", recipe={"score_all": True}, shard_rows=SHARD_ROWS)
    assert {k: (s, r[:1]) for k, (s, r) in decided(other).items()} == {
        k: (s, r[:1]) for k, (s, r) in decided(run).items()
    }
    assert "skipped" not in str(other.read("scores")["unscored"].to_pylist())


KILLED = """
import sys
from toolkit.curate.stage import curate

def report(step, done, total):
    print(step, done, flush=True)
    if step == sys.argv[3] and done >= int(sys.argv[4]):
        input()  # the parent kills this process here

curate(sys.argv[1], sys.argv[2], shard_rows=8, progress=report)
"""


@pytest.mark.parametrize(("step", "done", "shards"), [("score", 16, 2), ("score", 40, 5), ("decide", 3, 5)])
def test_a_run_killed_in_the_middle_resumes_to_the_same_bytes(
    step: str, done: int, shards: int, run: RunFolder, crops: Path, tmp_path: Path
) -> None:
    out = tmp_path / "killed"
    arguments = [sys.executable, "-c", KILLED, str(crops), str(out), step, str(done)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any(line.split() == [step, str(done)] for line in process.stdout)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    half = open_run(out)
    assert not half.stages["curate"]["finished"]
    assert len(half.marked("curate")) == shards
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in half.shards("scores")}
    resumed = curate(crops, out, shard_rows=SHARD_ROWS, resume=True)
    assert resumed.content_hash() == run.content_hash()
    assert resumed.stages["curate"]["counts"] == run.stages["curate"]["counts"]
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in before} == before  # nothing done twice


def test_a_shard_that_was_written_but_not_marked_is_written_again(run: RunFolder, crops: Path, tmp_path: Path) -> None:
    out = curate(crops, tmp_path / "half", shard_rows=SHARD_ROWS).path
    (out / "marks" / "curate" / "part-00004").unlink()
    (out / "scores" / "part-00004.parquet").unlink()  # pairs were written, scores were not
    for path in [*(out / "decisions").iterdir(), *(out / "marks" / "decide").iterdir()]:
        path.unlink()
    record = json.loads((out / "run.json").read_text())
    record["stages"]["curate"]["finished"] = False
    (out / "run.json").write_text(json.dumps(record))
    assert curate(crops, out, shard_rows=SHARD_ROWS, resume=True).content_hash() == run.content_hash()


def test_a_finished_run_resumes_at_once(crops: Path, tmp_path: Path) -> None:
    out = curate(crops, tmp_path / "done", shard_rows=SHARD_ROWS).path
    stamp = (out / "run.json").stat().st_mtime_ns
    started = time.perf_counter()
    curate(crops, out, shard_rows=SHARD_ROWS, resume=True)
    assert (out / "run.json").stat().st_mtime_ns == stamp
    assert time.perf_counter() - started < 5


def test_resuming_with_another_recipe_source_or_shard_size_is_refused(crops: Path, tmp_path: Path) -> None:
    out = curate(crops, tmp_path / "run", shard_rows=SHARD_ROWS).path
    with pytest.raises(RunError, match=r"another recipe \(captions differ\)"):
        curate(crops, out, recipe={"captions": {"min_words": 3}}, shard_rows=SHARD_ROWS, resume=True)
    with pytest.raises(RunError, match=r"another arguments \(shard_rows differ\)|shard_rows"):
        curate(crops, out, shard_rows=9, resume=True)
    other = write_crops(tmp_path / "others", rows=3)
    with pytest.raises(RunError, match="source"):
        curate(other, out, shard_rows=SHARD_ROWS, resume=True)


def test_what_is_in_the_way_is_left_alone(crops: Path, tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    with pytest.raises(RunError, match="in the way"):
        curate(crops, tmp_path)
    assert os.listdir(tmp_path) == ["precious.txt"]  # noqa: PTH208


def test_bad_input_makes_no_run_folder(crops: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="does not exist"):
        curate(tmp_path / "nowhere", tmp_path / "out")
    with pytest.raises(RecipeError, match="did you mean"):
        curate(crops, tmp_path / "out", recipe={"pictues": {}})
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_hostile_folder_loses_no_row_and_each_fault_has_its_reason(workers: int, tmp_path: Path) -> None:
    expected = write_hostile_folder(tmp_path / "hostile")
    source = open_source(tmp_path / "hostile")
    rows = [row for batch in source.batches(100) for row in batch]
    run = curate(tmp_path / "hostile", tmp_path / "run", workers=workers, shard_rows=7)
    counts = run.stages["curate"]["counts"]
    assert counts["rows_in"] == len(rows) == len(expected)
    assert counts["kept"] + counts["dropped"] + counts["failed"] + counts["quarantined"] == len(rows)
    pairs, decisions = run.read("pairs"), run.read("decisions")
    for error, status, reasons in zip(
        pairs["error"].to_pylist(), decisions["status"].to_pylist(), decisions["reasons"].to_pylist(), strict=True
    ):
        assert (status == "kept") == (not reasons)
        if error is not None:
            assert status == "failed" or reasons[0]["rule"].startswith("caption_")
            assert any(reason["rule"] == "read" and error in reason["text"] for reason in reasons)
    failed = [
        reasons[0]["text"] for reasons in decisions["reasons"].to_pylist() if reasons and reasons[0]["rule"] == "decode"
    ]
    assert len(failed) == sum(one.decoding is not None for one in expected.values()) == 2
    assert all("truncated" in text for text in failed)


def test_a_list_of_addresses_is_decided_before_anything_is_downloaded(tmp_path: Path) -> None:
    captions = ["a lighthouse by the sea at dusk", "", "two dogs play on a lawn"]
    lines = [json.dumps({"url": f"https://example.org/{n}.jpg", "text": one}) for n, one in enumerate(captions)]
    (tmp_path / "urls.jsonl").write_text("\n".join(lines))
    run = curate(tmp_path / "urls.jsonl", tmp_path / "run", recipe={"pictures": {"required": False}})
    assert run.read("decisions")["status"].to_pylist() == ["kept", "dropped", "kept"]
    assert {why for one in run.read("scores")["unscored"].to_pylist() for _, why in one} == {"skipped"}
    strict = curate(tmp_path / "urls.jsonl", tmp_path / "strict")
    assert strict.read("decisions")["status"].to_pylist() == ["failed", "dropped", "failed"]
    assert "not_downloaded" in strict.read("decisions")["reasons"].to_pylist()[0][0]["text"]


def test_only_the_scorers_that_rules_read_run_where_that_is_asked(crops: Path, tmp_path: Path) -> None:
    recipe = {"scorers": "used", "duplicates": {"exact": False, "perceptual": None}, "captions": {"min_words": 1}}
    run = curate(crops, tmp_path / "used", recipe=recipe)
    columns = run.read("scores").schema.names
    assert "caption_words" in columns
    assert "picture_side" in columns
    assert "perceptual_hash" not in columns
    assert "naive_perceptual" not in run.stages["curate"]["counts"]


def test_resuming_after_the_source_has_changed_is_refused(tmp_path: Path) -> None:
    source = write_crops(tmp_path / "source", rows=3)
    out = curate(source, tmp_path / "run", shard_rows=SHARD_ROWS).path
    picture = next(path for path in sorted(source.rglob("*.*")) if path.suffix in {".png", ".jpg"})
    picture.write_bytes(picture.read_bytes() + b"more")
    with pytest.raises(RunError, match="has changed since"):
        curate(source, out, shard_rows=SHARD_ROWS, resume=True)
