"""The same recipe gives the same tables on one machine and on Ray, whatever is killed on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from command_line import refusal
from crops import write_crops

from toolkit.audit.stage import label
from toolkit.curate.stage import curate
from toolkit.engine.local import LocalEngine
from toolkit.engine.opening import open_engine
from toolkit.generate.stage import generate
from toolkit.images import decode
from toolkit.store import RunFolder

# not by importing it, which would read its settings before the engine has made them
pytestmark = pytest.mark.skipif(find_spec("ray") is None, reason="the extra ray is missing: pip install 'tain[ray]'")

SMALL = 100 << 20
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


@contextmanager
def cluster(nodes: int, cores: int) -> Iterator[Any]:
    """A cluster of `nodes` raylets beside a head that works for nobody, `cores` each; none is left."""
    import ray
    from ray.cluster_utils import Cluster

    made = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 0, "object_store_memory": SMALL, "include_dashboard": False}
    )
    try:
        workers = [made.add_node(num_cpus=cores, object_store_memory=SMALL) for _ in range(nodes)]
        made.wait_for_nodes()
        yield made, workers
    finally:
        ray.shutdown()
        made.shutdown()


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


def _workers() -> list[psutil.Process]:
    """Return the processes of Ray on this machine in which a function of ours was made."""
    return [one for one in psutil.Process().children(recursive=True) if "ray::" in _title(one)]


def _title(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("victim", ["worker", "node"])
def test_a_kill_in_the_middle_changes_nothing(
    victim: str, source: Path, local: Callable[[str], str], tmp_path: Path
) -> None:
    killed: list[int] = []
    with cluster(2, 1) as (made, nodes), open_engine("ray", address=made.address) as engine:

        def kill(what: str, done: int, total: int) -> None:
            if what != "score" or killed:
                return
            if victim == "worker":
                killed.append(next(one.pid for one in _workers() if "ray::Actor" in _title(one)))
            else:
                [raylet] = nodes[0].all_processes["raylet"]
                killed.append(raylet.process.pid)
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


@pytest.fixture(scope="module")
def painted(tiny_latent: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with pictures enough for two workers."""
    folder = tmp_path_factory.mktemp("painted") / "run"
    probes = {"templates": ["a {role}"], "slots": {"role": ["cook", "pilot", "judge"]}}
    generate(str(tiny_latent), probes, folder, replicates=100, recipe={"num_inference_steps": 1})
    return folder


@pytest.mark.parametrize("name", ["local", pytest.param("ray", marks=pytest.mark.slow)])
@pytest.mark.timeout(600)
def test_labels_are_the_same_wherever_pictures_are_read(
    name: str, painted: Path, tiny_clip: Path, tmp_path: Path
) -> None:
    recipe = {"pairing": str(tiny_clip), "zero_shot": {"min_similarity": -1}}
    alone = label(painted, tmp_path / "alone", recipe=recipe)
    with open_engine(name, workers=2) as engine:
        dealt = label(painted, tmp_path / "dealt", recipe=recipe, engine=engine)
    for table in ("labels", "content"):
        assert dealt.read(table).equals(alone.read(table))
    counts = [one.stages["label"]["counts"] for one in (dealt, alone)]
    assert counts[0] == counts[1]
    assert counts[0]["subjects"]["sample"] == 300
    vectors = [np.array(one.read("embeddings")["vector"].to_pylist()) for one in (dealt, alone)]
    np.testing.assert_allclose(*vectors, atol=1e-5)


@pytest.mark.parametrize("name", ["local", pytest.param("ray", marks=pytest.mark.slow)])
@pytest.mark.timeout(600)
def test_pictures_are_the_same_wherever_they_are_painted(
    name: str, painted: Path, tiny_latent: Path, tmp_path: Path
) -> None:
    probes = {"templates": ["a {role}"], "slots": {"role": ["cook", "pilot", "judge"]}}
    with open_engine(name, workers=2) as engine:
        for replicates in (40, 100):  # the second goes on where the first ended
            dealt = generate(
                str(tiny_latent), probes, tmp_path / "dealt", replicates=replicates,
                recipe={"num_inference_steps": 1}, engine=engine, resume=replicates == 100,
            )  # fmt: skip
    rows = [_pictures(run) for run in (dealt, RunFolder(painted))]
    assert list(rows[0]) == list(rows[1])
    assert len(rows[0]) == 300
    for ours, theirs in zip(*(one.values() for one in rows), strict=True):
        assert np.abs(ours.astype(int) - theirs).max() <= 1  # linear algebra in another number of threads


def _pictures(run: RunFolder) -> dict[str, np.ndarray]:
    """Return the pixels of a run by their requests."""
    rows = run.read("samples", ["request_id", "image_path", "error"]).to_pylist()
    assert not any(one["error"] for one in rows)
    return {
        one["request_id"]: decode((run.path / one["image_path"]).read_bytes())
        for one in sorted(rows, key=lambda one: str(one["request_id"]))
    }
