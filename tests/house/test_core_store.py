"""Run folders: whole shards or none, marks that survive a kill, keys that stay unique, and plain words when spoilt."""

import json
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit import schema
from toolkit.errors import RunError, SchemaError
from toolkit.path_hashes import hash_path
from toolkit.store import RunFolder, create_run, open_run, whole_folder, write_atomically


def weights(*names):
    return schema.from_rows("weights", [{"sample_id": name, "weight": 1.0} for name in names])


@pytest.fixture
def run(tmp_path):
    return create_run(tmp_path / "run")


def test_a_shard_reads_back_as_it_was_written(run):
    run.write_shard("weights", 0, weights("a", "b"))
    run.write_shard("weights", 1, weights("c"))
    assert run.read("weights")["sample_id"].to_pylist() == ["a", "b", "c"]
    assert run.tables() == ["weights"]
    assert [table.num_rows for table in run.scan("weights")] == [2, 1]


def test_a_shard_is_never_rewritten(run):
    path = run.write_shard("weights", 0, weights("a"))
    before = path.read_bytes()
    with pytest.raises(RunError, match="never rewritten"):
        run.write_shard("weights", 0, weights("b"))
    assert path.read_bytes() == before


def test_the_same_rows_give_the_same_bytes_and_the_same_hash(tmp_path):
    runs = [create_run(tmp_path / name) for name in ("one", "two")]
    for one in runs:
        with one.stage("weigh", recipe={"b": 1, "a": 2}):
            one.write_shard("weights", 0, weights("a", "b"))
    assert runs[0].shards("weights")[0].read_bytes() == runs[1].shards("weights")[0].read_bytes()
    assert runs[0].content_hash() == runs[1].content_hash()
    runs[1].write_shard("weights", 1, weights("c"))
    assert runs[0].content_hash() != runs[1].content_hash()


def test_a_failing_write_leaves_nothing_behind(tmp_path, monkeypatch):
    target = tmp_path / "file"
    target.write_bytes(b"old")
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write_atomically(target, b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


KILLED_WHILE_WRITING = """
    import os, signal, sys
    from pathlib import Path
    from toolkit import schema
    from toolkit.store import create_run

    run = create_run(sys.argv[1])
    rows = lambda name: schema.from_rows("weights", [{"sample_id": name, "weight": 1.0}])
    run.write_shard("weights", 0, rows("a"))
    run.mark("weigh", 0)
    run.write_shard("weights", 1, rows("b"))  # in place, but not marked
    Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # the third shard gets as far as its rename
    run.write_shard("weights", 2, rows("c"))
"""


def test_a_kill_loses_at_most_what_was_not_marked(tmp_path):
    out = tmp_path / "run"
    died = subprocess.run([sys.executable, "-c", textwrap.dedent(KILLED_WHILE_WRITING), out], check=False)
    assert died.returncode == -signal.SIGKILL
    run = create_run(out, resume=True)
    assert [path.name for path in run.shards("weights")] == ["part-00000.parquet", "part-00001.parquet"]
    assert len(list((out / "weights").iterdir())) == 3, "the half-written shard lies beside its place"
    run.discard_unmarked("weigh", ["weights"])
    assert list((out / "weights").iterdir()) == run.shards("weights")
    assert run.read("weights")["sample_id"].to_pylist() == ["a"]
    assert run.marked("weigh") == {"part-00000"}


def test_a_stage_says_finished_only_once_it_is(run):
    with pytest.raises(ZeroDivisionError), run.stage("weigh") as counts:
        counts["rows"] = 1 / 0
    assert run.stages["weigh"]["finished"] is False
    with run.stage("weigh", recipe={"target": 3}, seed=7) as counts:
        run.write_shard("weights", 0, weights("a"))
        counts["rows"] = 1
    entry = run.stages["weigh"]
    assert (entry["finished"], entry["counts"], entry["recipe"], entry["seed"]) == (True, {"rows": 1}, {"target": 3}, 7)
    assert entry["versions"]["tain"]


def test_stages_stay_in_the_order_in_which_they_ran(run):
    for name in ("generate", "label", "audit"):
        with run.stage(name):
            pass
    assert list(run.stages) == ["generate", "label", "audit"]


def test_a_key_that_occurs_in_two_shards_spoils_the_stage(run):
    stage = run.stage("weigh")
    stage.__enter__()
    run.write_shard("weights", 0, weights("a", "b"))
    run.write_shard("weights", 1, weights("a"))
    with pytest.raises(SchemaError, match=r"'sample_id': 'a'.*2 times"):
        stage.__exit__(None, None, None)
    assert run.stages["weigh"]["finished"] is False


def test_a_table_is_found_in_the_nearest_input_even_in_a_circle(tmp_path):
    far, near, last = (create_run(tmp_path / name) for name in ("far", "near", "last"))
    far.write_shard("weights", 0, weights("far"))
    with near.stage("one", inputs=[far]):
        pass
    with last.stage("two", inputs=[near, tmp_path]):
        pass
    assert last.find("weights").path == far.path
    assert last.find("scores") is None
    with far.stage("zero", inputs=[last]):
        pass
    assert far.find("scores") is None, "runs that name one another in a circle end the search all the same"
    near.write_shard("weights", 0, weights("near"))
    assert last.find("weights").path == near.path


def test_runs_that_move_together_still_find_each_other(tmp_path):
    data = create_run(tmp_path / "before" / "data")
    data.write_shard("weights", 0, weights("a"))
    with create_run(tmp_path / "before" / "audit").stage("audit", inputs=[data]):
        pass
    (tmp_path / "before").rename(tmp_path / "after")
    found = open_run(tmp_path / "after" / "audit").find("weights")
    assert found.path == (tmp_path / "after" / "data").resolve()


def test_what_is_in_the_way_is_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(RunError, match="in the way"):
        create_run(tmp_path)
    with pytest.raises(RunError, match="in the way"):
        create_run(tmp_path / "notes.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    create_run(tmp_path / "run")
    with pytest.raises(RunError, match="already a run folder"):
        create_run(tmp_path / "run")


def test_a_kill_before_the_first_word_does_not_block_the_next_try(tmp_path):
    (tmp_path / ".run.json.0123.tmp").write_text("{")
    assert create_run(tmp_path).stages == {}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"format": 99, "stages": {}}', "format 99; this version reads format 1"),
        ('{"format": 99}', "format 99"),
        ('{"stages": {}}', "damaged"),
        ('{"format": 1}', "damaged"),
        ('{"format": 1, "stages": []}', "damaged"),
        ('{"format": 1, "stages": {"curate": 3}}', "damaged"),
        ('{"format": 1, "stages": {"curate": {"inputs": [{"path": 3}]}}}', "damaged"),
        ("[]", "damaged"),
        ("{", "damaged"),
        ("\ufeff\x00", "damaged"),
    ],
)
def test_a_spoilt_run_is_refused_in_plain_words(tmp_path, content, words):
    (tmp_path / "run.json").write_text(content, "utf-8")
    with pytest.raises(RunError, match=words):
        open_run(tmp_path)


def test_no_run_is_refused_in_plain_words(tmp_path):
    with pytest.raises(RunError, match="is not a folder"):
        open_run(tmp_path / "nowhere")
    with pytest.raises(RunError, match=r"no run\.json"):
        open_run(tmp_path)
    create_run(tmp_path / "run").write_shard("weights", 0, weights("a"))
    with pytest.raises(RunError, match=r"no table 'labels'.*it has weights"):
        open_run(tmp_path / "run", needs=["weights", "labels"])


def test_a_damaged_shard_is_named(run):
    path = run.write_shard("weights", 0, weights("a"))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(RunError, match=r"part-00000\.parquet cannot be read"):
        run.read("weights")
    with pytest.raises(RunError, match="has no table 'labels'"):
        run.read("labels")


def test_shards_with_other_columns_are_joined_or_refused(run):
    run.write_shard("scores", 0, schema.from_rows("scores", [{"sample_id": "a", "words": 3}]))
    run.write_shard("scores", 1, schema.from_rows("scores", [{"sample_id": "b", "side": 9}]))
    assert run.read("scores").select(["words", "side"]).to_pylist() == [
        {"words": 3, "side": None},
        {"words": None, "side": 9},
    ]
    run.write_shard("scores", 2, schema.from_rows("scores", [{"sample_id": "c", "words": "three"}]))
    with pytest.raises(SchemaError, match="differ in their columns"):
        run.read("scores")


def test_files_of_a_run_are_replaced_whole(run):
    run.write_file("report/report.json", b"1")
    assert run.write_file("report/report.json", json.dumps({"a": 1}).encode()).read_text() == '{"a": 1}'


def test_hash_path_sees_bytes_of_a_file_and_names_of_a_folder(tmp_path):
    (tmp_path / "in").mkdir()
    file = tmp_path / "in" / "a.txt"
    file.write_text("x")
    of_file, of_folder = hash_path(file), hash_path(tmp_path)
    file.write_text("y")
    assert hash_path(file) != of_file
    assert hash_path(tmp_path) == of_folder
    file.rename(tmp_path / "in" / "b.txt")
    assert hash_path(tmp_path) != of_folder


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 3), min_size=1), st.randoms())
def test_hash_path_of_a_folder_is_that_of_its_names_and_sizes_in_any_order(tmp_path_factory, sizes, random):
    folders = [tmp_path_factory.mktemp("folder") for _ in range(3)]
    items = list(sizes.items())
    for folder, some in zip(folders, (items, items, [*items[1:], (items[0][0], items[0][1] + 1)]), strict=True):
        random.shuffle(some)
        for name, size in some:
            (folder / name).write_bytes(b"x" * size)
    same, again, other = map(hash_path, folders)
    assert same == again != other


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=40), unique=True, max_size=20))
def test_any_text_survives_the_disk(tmp_path_factory, names):
    run = create_run(tmp_path_factory.mktemp("text"))
    path = run.write_shard("weights", 0, weights(*names))
    assert run.read("weights")["sample_id"].to_pylist() == names
    schema.validate("weights", pq.read_table(path, partitioning=None))


def test_a_run_is_opened_by_whatever_its_folder_is_called(tmp_path):
    for name in ("a:b", "with space", "_hidden", "pärchen #1", "x=1"):
        run = create_run(tmp_path / name)
        run.write_shard("weights", 0, weights("a"))
        assert RunFolder(tmp_path / name).read("weights").column_names == ["sample_id", "weight"]


def half_a_folder(out):
    with whole_folder(out) as beside:
        (beside / "file").write_text("half")
        assert not out.exists()
        raise ValueError("half-way")


def test_a_whole_folder_appears_only_when_its_block_ends_well(tmp_path):
    with pytest.raises(ValueError, match="half-way"):
        half_a_folder(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "out").mkdir()
    with whole_folder(tmp_path / "out") as beside:
        (beside / "file").write_text("whole")
    assert (tmp_path / "out" / "file").read_text() == "whole"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
