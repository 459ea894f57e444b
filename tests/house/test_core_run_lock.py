"""One writer a run, and hashes that are noted by several processes at once and survive a kill."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.errors import RunError
from toolkit.run_hashes import FILE, hash_of, note_removed, note_written, noted
from toolkit.store import create_run, open_run

HOLD = """
import sys
from pathlib import Path
from toolkit.store import open_run
with open_run(Path(sys.argv[1])).stage("held"):
    print("held", flush=True)
    input()
"""
NOTE = """
import sys
from pathlib import Path
from toolkit.run_hashes import note_written
for place in range(200):
    note_written(Path(sys.argv[1]), f"{sys.argv[2]}-{place}", b"x" * place)
"""


def test_a_second_writer_is_told_who_the_first_is_until_that_one_ends_however_it_does(tmp_path: Path) -> None:
    run = create_run(tmp_path / "run")
    words = [sys.executable, "-c", HOLD, str(run.path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        with pytest.raises(RunError, match=rf"being written by process {first.pid} on .*, since 20"), run.stage("mine"):
            pass
        first.send_signal(signal.SIGKILL)
    with run.stage("mine"):
        pass
    assert open_run(run.path).stages["mine"]["finished"]


def test_notes_of_several_processes_at_once_are_all_there(tmp_path: Path) -> None:
    words = [sys.executable, "-c", NOTE, str(tmp_path)]
    writers = [subprocess.Popen([*words, name]) for name in "abcd"]
    assert [one.wait() for one in writers] == [0] * 4
    found = noted(tmp_path)
    assert len(found) == 800
    assert found["c-150"] == (hash_of(b"x" * 150), 150)


@given(cut=st.integers(0, 400), later=st.booleans())
def test_a_note_that_a_kill_cut_short_spoils_no_other(cut: int, later: bool, tmp_path_factory: object) -> None:
    folder = tmp_path_factory.mktemp("notes")  # type: ignore[attr-defined]
    for name in ("one", "two", "three"):
        note_written(folder, name, name.encode())
    whole = (folder / FILE).read_bytes()
    (folder / FILE).write_bytes(whole[: min(cut, len(whole))])
    if later:
        note_written(folder, "four", b"four")
    lines = whole[: min(cut, len(whole))].split(b"\n")
    kept = {json.loads(one)["name"] for one in lines if one.endswith(b"}")}
    assert set(noted(folder)) == kept | ({"four"} if later else set())


def test_the_last_note_of_a_file_counts(tmp_path: Path) -> None:
    note_written(tmp_path, "one", b"old")
    note_written(tmp_path, "one", b"newer")
    note_written(tmp_path, "two", b"two")
    note_removed(tmp_path, "two")
    assert noted(tmp_path) == {"one": (hash_of(b"newer"), 5)}
