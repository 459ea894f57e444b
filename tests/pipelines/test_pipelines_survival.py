"""What a run lives through: kills at any moment, a full disk, a folder that cannot be written, a request to stop."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from crops import write_crops
from kills import COMMAND, content, killed

from toolkit.store import RunFolder
from toolkit.verify.run import verify

CURATED = {"pairing": {"model": "zoo:clip", "threshold": 0.0}}
PROBES = {"templates": ["{role}"], "slots": {"role": ["cook", "pilot", "judge"]}}
STEPS = {"num_inference_steps": 2}
NO_SPACE = "No space left on device"


class Loop:
    """curate -> generate -> audit on small data, as commands of their own processes, in `folder`."""

    def __init__(self, folder: Path, source: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        for name, said in (("curate", CURATED), ("probes", PROBES), ("generate", STEPS)):
            (folder / f"{name}.yaml").write_text(json.dumps(said), "utf-8")
        self.commands: list[tuple[str, ...]] = [
            ("curate", str(source), "--recipe", self._file("curate"), "--workers", "2"),
            ("generate", "--model", "zoo:latent", "--probes", self._file("probes"), "--replicates", "6",
             "--batch-size", "2", "--recipe", self._file("generate")),
            ("audit", str(folder / "generate"), "--data", str(folder / "curate")),
        ]  # fmt: skip

    def _file(self, name: str) -> str:
        return str(self.folder / f"{name}.yaml")

    def words(self, command: Sequence[str]) -> list[str]:
        """Return the words of a command: a fresh run, or one that goes on."""
        out = self.folder / command[0]
        goes_on = ["--resume"] if command[0] != "audit" and (out / "run.json").exists() else []
        return [*COMMAND, *command, "--out", str(out), *goes_on]

    def hashes(self) -> dict[str, str]:
        """Return one hash of all tables of each run, but for what tells of time."""
        return {one[0]: content(RunFolder(self.folder / one[0])) for one in self.commands}

    def run(self, kills: int, seed: int) -> int:
        """Run the loop to its end with `kills` kills at random moments; return how many struck a running command."""
        moments, struck, left = random.Random(seed), 0, kills
        for place, command in enumerate(self.commands):
            share = -(-left // (len(self.commands) - place))
            left -= share
            while True:
                wait = moments.uniform(0.2, 6.0) if share else 240.0
                share = max(0, share - 1)
                if killed(self.words(command), wait):
                    struck += 1
                    if command[0] == "audit":
                        _forget_unfinished_audit(self.folder / "audit")
                else:
                    break
        return struck


def _forget_unfinished_audit(out: Path) -> None:
    """An audit is made again from its beginning: people are told to remove what a kill has left of it."""
    if out.exists():
        shutil.rmtree(out)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_crops(tmp_path_factory.mktemp("source") / "crops", rows=60)


@pytest.fixture(scope="module")
def undisturbed(source: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    loop = Loop(tmp_path_factory.mktemp("undisturbed"), source)
    assert loop.run(kills=0, seed=0) == 0
    return loop.hashes()


def survives(kills: int, seed: int, source: Path, undisturbed: dict[str, str], folder: Path) -> int:
    """Run the loop with kills, and hold its tables against the undisturbed ones; return how many kills struck."""
    loop = Loop(folder, source)
    struck = loop.run(kills, seed)
    assert loop.hashes() == undisturbed
    for name in undisturbed:
        run = RunFolder(folder / name)
        assert [one.text for one in verify(run).problems] == []
        pictures = {one["image_path"] for one in run.read("samples").to_pylist()} if run.has("samples") else set()
        there = {one.relative_to(run.path).as_posix() for one in (run.path / "images").rglob("*.png")}
        assert there == pictures, "no picture that no row names"
    return struck


@pytest.mark.timeout(600)
def test_killed_at_random_moments_the_loop_ends_as_undisturbed(
    source: Path, undisturbed: dict[str, str], tmp_path: Path
) -> None:
    assert survives(4, 1, source, undisturbed, tmp_path / "killed") >= 2


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_killed_fifty_times_the_loop_ends_as_undisturbed(
    source: Path, undisturbed: dict[str, str], tmp_path: Path
) -> None:
    struck = loops = 0
    while struck < 50:  # a command that ends before its kill was not struck
        assert loops < 20, "commands end before they are killed: nothing would be shown"
        struck += survives(min(10, 50 - struck), 10 + loops, source, undisturbed, tmp_path / str(loops))
        loops += 1
    print(f"{struck} kills struck a running command, in {loops} loops")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of three megabytes; where none can be mounted the test is skipped."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    words = [str(mount), "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if mount is None or os.geteuid() != 0 or subprocess.run(words, check=False).returncode:
        pytest.skip("no disk can be mounted here; run the tests as root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def _ended(words: Sequence[str]) -> tuple[int, str]:
    done = subprocess.run([*COMMAND, *words], capture_output=True, text=True, check=False, timeout=240)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def test_on_a_full_disk_a_run_stops_with_a_word_and_goes_on_once_there_is_room(
    small_disk: Path, source: Path, tmp_path: Path
) -> None:
    ballast = small_disk / "ballast"
    out = small_disk / "run"
    (tmp_path / "probes.yaml").write_text(json.dumps(PROBES), "utf-8")
    (tmp_path / "recipe.yaml").write_text(json.dumps(STEPS), "utf-8")
    words = ["generate", "--model", "zoo:latent", "--probes", str(tmp_path / "probes.yaml"), "--replicates", "8",
             "--batch-size", "4", "--recipe", str(tmp_path / "recipe.yaml")]  # fmt: skip
    ballast.write_bytes(b"\0" * ((3 << 20) - (70 << 10)))
    code, said = _ended([*words, "--out", str(out)])
    assert code == 1
    assert NO_SPACE in said
    assert "--resume" in said
    ballast.unlink()
    code, said = _ended([*words, "--out", str(out), "--resume"])
    assert code == 0, said
    assert verify(out).whole
    assert _ended([*words, "--out", str(tmp_path / "elsewhere")])[0] == 0
    assert content(RunFolder(out)) == content(RunFolder(tmp_path / "elsewhere"))


def test_curation_on_a_full_disk_stops_with_a_word(small_disk: Path, source: Path) -> None:
    (small_disk / "ballast").write_bytes(b"\0" * ((3 << 20) - (40 << 10)))
    code, said = _ended(["curate", str(source), "--out", str(small_disk / "run")])
    assert code == 1
    assert NO_SPACE in said


def test_a_folder_that_cannot_be_written_is_told(small_disk: Path, source: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    code, said = _ended(["curate", str(source), "--out", str(small_disk / "run")])
    assert code == 1
    assert "cannot be written (Read-only file system)" in said


@pytest.mark.parametrize("command", ["curate", "generate"])
def test_asked_to_stop_it_ends_within_ten_seconds_and_says_how_to_go_on(
    command: str, source: Path, undisturbed: dict[str, str], tmp_path: Path
) -> None:
    loop = Loop(tmp_path / "loop", source)
    words = next(one for one in loop.commands if one[0] == command)
    with subprocess.Popen(loop.words(words), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        until = time.monotonic() + 60
        while not (loop.folder / command / "run.json").exists() and time.monotonic() < until:
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        started = time.monotonic()
        _, said = process.communicate(timeout=60)
        assert time.monotonic() - started < 10
    assert process.returncode in (143, 0)  # 0: it had ended before it was asked
    assert process.returncode == 0 or "--resume" in said
    assert not killed(loop.words(words), 240)
    assert loop.folder.joinpath(command, "run.json").exists()
    assert content(RunFolder(loop.folder / command)) == undisturbed[command]
