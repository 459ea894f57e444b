"""The same recipe gives the same tables on one machine and on Ray, whatever is killed on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import pytest
from command_line import refusal
from crops import write_crops
from ray_clusters import cluster, victim_of

from toolkit.curate.stage import curate
from toolkit.engine.local import LocalEngine
from toolkit.engine.opening import open_engine
from toolkit.store import RunFolder

# not by importing it, which would read its settings before the engine has made them
pytestmark = pytest.mark.skipif(find_spec("ray") is None, reason="the extra ray is missing: pip install 'tain[ray]'")

RECIPES = {"default": None, "clip": {"pairing": {"model": "zoo:clip", "threshold": 0.1}}}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pairs enough for many batches; most are repeated, which costs nothing to make."""
    folder = write_crops(tmp_path_factory.mktemp("source") / "crops", rows=60)
    lines = (folder / "metadata.jsonl").read_text("utf-8").splitlines(keepends=True)
    (folder / "metadata.jsonl").write_text("".join(lines * 20), "utf-8")
    return folder


@pytest.fixture(scope="module")
def local(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Returns the hash of what one process makes of the source by a recipe."""
    known: dict[str, str] = {}

    def of(name: str) -> str:
        if name not in known:
            folder = tmp_path_factory.mktemp(name)
            made = curate(source, folder / "run", recipe=RECIPES[name], cache=folder / "cache", shard_rows=128)
            known[name] = made.content_hash()
        return known[name]

    return of


def curated(source: Path, folder: Path, name: str, engine: Any) -> str:
    """Return the hash of what `engine` makes of the source, with a cache that knows nothing."""
    made = curate(source, folder / "run", recipe=RECIPES[name], engine=engine, cache=folder / "cache", shard_rows=128)
    return made.content_hash()


def test_the_command_gives_the_tables_of_one_process_and_says_nothing_of_ray(source: Path, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "pipelines.cli", "curate", str(source), "--cache", str(tmp_path / "cache"), "--out"]
    found = {}
    for engine in ("local", "ray"):
        out = str(tmp_path / engine)
        done = subprocess.run(
            [*words, out, "--workers", "2", "--engine", engine], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        said = done.stdout.replace(out, "RUN").split()
        found[engine] = said, done.stderr.split(), RunFolder(Path(out)).content_hash()
    assert found["ray"] == found["local"]


def test_an_address_where_nobody_answers_is_said_at_once(source: Path, tmp_path: Path) -> None:
    said = refusal("curate", source, "--out", tmp_path / "run", "--engine", "ray", "--address", "127.0.0.1:9")
    assert "no cluster of Ray answers at 127.0.0.1:9" in said
    assert "start one with ray start --head" in said
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", list(RECIPES))
def test_any_number_of_workers_and_nodes_gives_the_same_tables(
    name: str, source: Path, local: Callable[[str], str], tmp_path: Path
) -> None:
    for workers in (2, 4):
        assert curated(source, tmp_path / f"local-{workers}", name, LocalEngine(workers)) == local(name)
    for nodes in (1, 2):
        with cluster(nodes, 1) as (made, _), open_engine("ray", address=made.address) as engine:
            assert curated(source, tmp_path / f"nodes-{nodes}", name, engine) == local(name)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("victim", ["worker", "node"])
def test_a_kill_in_the_middle_changes_nothing(
    victim: str, source: Path, local: Callable[[str], str], tmp_path: Path
) -> None:
    killed: list[int] = []
    with cluster(2, 1) as (made, nodes), open_engine("ray", address=made.address) as engine:

        def kill(what: str, done: int, total: int) -> None:
            if what == "score" and not killed:
                killed.append(victim_of(nodes, victim))
                os.kill(killed[0], signal.SIGKILL)

        run = curate(
            source, tmp_path / "run", recipe=RECIPES["clip"], engine=engine, cache=tmp_path / "cache", shard_rows=128,
            progress=kill,
        )  # fmt: skip
    assert killed
    assert run.content_hash() == local("clip")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_driver_killed_and_resumed_ends_with_the_same_tables(
    source: Path, local: Callable[[str], str], tmp_path: Path
) -> None:
    recipe, out = tmp_path / "clip.yaml", tmp_path / "run"
    recipe.write_text(json.dumps(RECIPES["clip"]), "utf-8")
    script = (
        "import sys; from toolkit.curate.stage import curate; from toolkit.engine.opening import open_engine\n"
        "with open_engine('ray', workers=2) as engine:\n"
        f"    curate({str(source)!r}, {str(out)!r}, recipe={str(recipe)!r}, engine=engine, shard_rows=128,\n"
        f"           cache={str(tmp_path / 'cache')!r}, resume=True)\n"
    )
    first = subprocess.Popen([sys.executable, "-c", script], start_new_session=True)
    while first.poll() is None and len(list((out / "marks" / "curate").glob("part-*"))) < 2:
        time.sleep(0.05)
    family = psutil.Process(first.pid).children(recursive=True)
    first.kill()
    first.wait()
    assert not RunFolder(out).stages["curate"]["finished"]
    _, left = psutil.wait_procs(family, timeout=240)  # its agents wait for nobody's answer before they go
    assert left == [], "Ray ends with the program that started it"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (done.stdout, done.stderr) == ("", "")
    assert RunFolder(out).content_hash() == local("clip")
