"""A run that is damaged in any way is told so, file by file, with what mends it; and what is said to mend it does."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from command_line import refusal, tain
from crops import write_crops
from PIL import Image

from toolkit.curate.stage import curate
from toolkit.errors import RunError
from toolkit.generate.stage import generate
from toolkit.store import RunFolder
from toolkit.verify.run import verify
from toolkit.verify.set_aside import set_aside

SETTINGS = {"num_inference_steps": 2}
PROBES = {"templates": ["{thing}"], "slots": {"thing": ["apple", "cat", "house"]}}


@pytest.fixture(scope="module")
def crops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_crops(tmp_path_factory.mktemp("source") / "crops")


@pytest.fixture(scope="module")
def curated_once(crops: Path, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return curate(crops, tmp_path_factory.mktemp("runs") / "curated", shard_rows=8)


@pytest.fixture(scope="module")
def painted_once(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    out = tmp_path_factory.mktemp("runs") / "painted"
    return generate("zoo:latent", PROBES, out, replicates=4, batch_size=1, recipe=SETTINGS)


@pytest.fixture
def curated(curated_once: RunFolder, tmp_path: Path) -> RunFolder:
    return RunFolder(Path(shutil.copytree(curated_once.path, tmp_path / "curated")))


@pytest.fixture
def painted(painted_once: RunFolder, tmp_path: Path) -> RunFolder:
    return RunFolder(Path(shutil.copytree(painted_once.path, tmp_path / "painted")))


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def turn_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def lose_a_column(path: Path) -> None:
    table = pq.read_table(path, partitioning=None)
    pq.write_table(table.drop_columns([table.schema.names[-1]]), path)


DAMAGES = [
    ("pairs/part-00002.parquet", cut_short, "damaged"),
    ("pairs/part-00002.parquet", turn_a_bit, "damaged"),
    ("scores/part-00000.parquet", Path.unlink, "missing"),
    ("decisions/part-00001.parquet", lose_a_column, "damaged"),
    ("measures/part-00000.parquet", cut_short, "damaged"),
]


def test_a_whole_run_is_whole(curated_once: RunFolder, painted_once: RunFolder) -> None:
    for run in (curated_once, painted_once):
        found = verify(run)
        assert found.whole
        assert found.problems == ()
        assert found.files >= sum(len(run.shards(table)) for table in run.tables())
        assert found.unhashed == 0
        said = tain("verify", run.path)
        assert said.exit_code == 0
        assert "whole" in said.output


@pytest.mark.parametrize(("name", "damage", "kind"), DAMAGES)
def test_damage_to_a_shard_is_named_and_mended_by_resuming(
    name: str, damage: Callable[[Path], None], kind: str, curated: RunFolder, crops: Path
) -> None:
    before = curated.content_hash()
    damage(curated.path / name)
    found = verify(curated)
    told = {(one.file, one.kind) for one in found.problems}
    assert (name, kind) in told
    said = tain("verify", curated.path, "--set-aside")
    assert said.exit_code == 1
    assert f"{kind}: {name}" in said.output
    assert "--resume" in said.output
    assert curate(crops, curated.path, shard_rows=8, resume=True).content_hash() == before
    after = verify(curated)
    assert after.whole, after.problems


@pytest.mark.parametrize("damage", [cut_short, turn_a_bit, Path.unlink])
@pytest.mark.parametrize("what", ["picture", "samples"])
def test_damage_to_a_painted_picture_is_named_and_painted_again(
    damage: Callable[[Path], None], what: str, painted: RunFolder
) -> None:
    rows = painted.read("samples").to_pylist()
    name = rows[5]["image_path"] if what == "picture" else f"samples/{painted.shards('samples')[-1].name}"
    damage(painted.path / name)
    found = verify(painted)
    assert name in {one.file for one in found.problems}
    assert set_aside(painted, found.problems)
    again = generate("zoo:latent", PROBES, painted.path, replicates=4, batch_size=1, recipe=SETTINGS, resume=True)
    hashes = {one["request_id"]: one["sha256"] for one in again.read("samples").to_pylist()}
    assert hashes == {one["request_id"]: one["sha256"] for one in rows}
    after = verify(painted)
    assert after.whole, after.problems


def test_a_run_copied_half_way_says_what_did_not_arrive(curated_once: RunFolder, tmp_path: Path) -> None:
    copied = tmp_path / "copied"
    files = sorted(one for one in curated_once.path.rglob("*") if one.is_file())
    wanted = {one.relative_to(curated_once.path).as_posix() for one in files if one.name.endswith(".parquet")}
    for file in files:
        name = file.relative_to(curated_once.path)
        if name.parts[0] not in ("scores", "pairs"):
            (copied / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, copied / name)
    missing = {one.file for one in verify(copied).problems if one.kind == "missing"}
    assert missing == {one for one in wanted if one.startswith(("scores/", "pairs/"))}


def test_a_damaged_record_is_told(curated: RunFolder) -> None:
    cut_short(curated.path / "run.json")
    (problem,) = verify(curated).problems
    assert (problem.kind, problem.file) == ("damaged", "run.json")
    assert "copy" in problem.mend


def test_what_is_no_run_is_refused_in_one_line(tmp_path: Path) -> None:
    assert "not a run folder" in refusal("verify", tmp_path)


def test_leftovers_of_a_kill_and_an_unfinished_stage_are_told(curated: RunFolder) -> None:
    (curated.path / "pairs" / ".part-00009.parquet.abc.tmp").write_bytes(b"half")
    curated.reopen("curate")
    told = {one.kind: one for one in verify(curated).problems}
    assert set(told) == {"leftover", "unfinished"}
    assert "tain curate again with --resume" in told["unfinished"].mend


def test_rows_that_are_not_those_of_another_table_are_told(curated: RunFolder) -> None:
    last = curated.shards("decisions")[-1]
    rows = pq.read_table(last, partitioning=None)
    curated.remove_shard("decisions", last.stem)
    curated.write_shard("decisions", int(last.stem[-5:]), rows.slice(1))
    (problem,) = verify(curated).problems
    assert problem.file == "decisions"
    assert "1 rows of pairs are not in it" in problem.found


def test_an_input_that_changed_is_told_and_one_that_went_is_noted(
    crops: Path, curated_once: RunFolder, tmp_path: Path
) -> None:
    source = Path(shutil.copytree(crops, tmp_path / "crops"))
    run = curate(source, tmp_path / "run")
    Image.new("RGB", (70, 70), "blue").save(source / "images" / "0001.png")
    (problem,) = verify(run).problems
    assert problem.kind == "differs"
    assert problem.file.endswith("crops")
    shutil.rmtree(source)
    found = verify(run)
    assert found.whole
    assert len(found.away) == 1


def test_damaged_reviews_are_told(curated: RunFolder) -> None:
    (curated.path / "reviews.sqlite").write_bytes(b"SQLite format 3\0" + b"\xff" * 4096)
    (problem,) = verify(curated).problems
    assert problem.file == "reviews.sqlite"


def test_what_a_later_stage_has_read_is_not_made_again_under_it(painted: RunFolder) -> None:
    with painted.stage("audit"):
        pass
    cut_short(painted.shards("samples")[0])
    with pytest.raises(RunError, match="was read by stage audit since"):
        set_aside(painted, verify(painted).problems)
    assert json.loads((painted.path / "run.json").read_text())["stages"]["generate"]["finished"]


def test_json_says_the_same(curated: RunFolder) -> None:
    cut_short(curated.path / "pairs" / "part-00001.parquet")
    said = tain("verify", curated.path, "--json")
    assert said.exit_code == 1
    told = json.loads(said.output)
    assert {one["file"] for one in told["problems"]} == {"pairs/part-00001.parquet"}
    assert told["set_aside"] == []
