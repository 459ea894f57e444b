"""Requests, pictures, labels and measures are the same wherever they are painted and read, whatever is killed."""

from __future__ import annotations

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
import pyarrow as pa
import pytest
from ray_clusters import cluster, victim_of

from toolkit.audit.stage import audit, label
from toolkit.engine.engine import Engine
from toolkit.engine.local import LocalEngine
from toolkit.engine.opening import open_engine
from toolkit.generate.stage import generate
from toolkit.images import decode
from toolkit.progress import Progress, silent
from toolkit.store import RunFolder

needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason="the extra ray is missing: pip install 'tain[ray]'")

PROBES = {"templates": ["a {role}"], "slots": {"role": ["cook", "pilot", "judge"]}}
PAINTING: dict[str, Any] = {"num_inference_steps": 1, "cpus_per_worker": 1}  # one thread, wherever
SIZES: dict[str, Any] = {"replicates": 100, "batch_size": 8}  # 300 pictures: 38 batches, two shards, two chunks
STAGES = {
    "generate": ("probe_requests", "requests", "samples"),
    "label": ("labels", "content", "embeddings"),
    "audit": ("measures",),
}
Tables = dict[str, pa.Table]


def _reading(pairing: Path) -> dict[str, Any]:
    return {"pairing": str(pairing), "zero_shot": {"min_similarity": -1}, "cpus_per_worker": 1}


def _audited(
    model: Path, pairing: Path, out: Path, *, engine: Engine | None = None, progress: Progress = silent
) -> Tables:
    """Return all tables of a run that was painted and labelled by `engine`, and audited here."""
    generate(str(model), PROBES, out, recipe=PAINTING, engine=engine, progress=progress, **SIZES)
    label(out, out, recipe=_reading(pairing), engine=engine, progress=progress)
    return _measured(out, pairing)


def _measured(out: Path, pairing: Path) -> Tables:
    run = audit(out, out, recipe=_reading(pairing))
    tables = {name: run.read(name) for some in STAGES.values() for name in some}
    tables["samples"] = tables["samples"].drop_columns("seconds")  # what a clock says
    return tables


def _assert_same(found: Tables, expected: Tables) -> None:
    assert found.keys() == expected.keys()
    for name, table in expected.items():
        assert table.num_rows > 0, name
        assert found[name].equals(table), name


@pytest.fixture(scope="module")
def alone(tiny_latent: Path, tiny_clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """The tables of a run that was made in this process, by no engine."""
    out = tmp_path_factory.mktemp("alone") / "run"
    tables = _audited(tiny_latent, tiny_clip, out)
    assert tables["samples"]["error"].null_count == 300
    assert len(set(tables["samples"]["sha256"].to_pylist())) > 250
    assert RunFolder(out).stages["label"]["counts"]["subjects"]["sample"] == 300
    return tables


def test_two_workers_paint_and_read_what_one_process_does(
    alone: Tables, tiny_latent: Path, tiny_clip: Path, tmp_path: Path
) -> None:
    _assert_same(_audited(tiny_latent, tiny_clip, tmp_path / "run", engine=LocalEngine(2)), alone)


@pytest.mark.slow
def test_an_extended_run_has_the_pictures_of_one_that_was_whole_from_the_beginning(
    alone: Tables, tiny_latent: Path, tmp_path: Path
) -> None:
    for replicates, workers in ((40, 2), (100, 1)):  # the second goes on where the first ended, with other workers
        run = generate(
            str(tiny_latent), PROBES, tmp_path / "run", replicates=replicates, batch_size=8,
            recipe=PAINTING | {"gpus_per_worker": workers - 1}, engine=LocalEngine(workers), resume=workers == 1,
        )  # fmt: skip
    found, expected = (
        dict(zip(one["request_id"].to_pylist(), one["sha256"].to_pylist(), strict=True))
        for one in (run.read("samples"), alone["samples"])
    )
    assert found == expected


@needs_ray
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_any_number_of_workers_and_nodes_gives_the_same_tables(
    alone: Tables, tiny_latent: Path, tiny_clip: Path, tmp_path: Path
) -> None:
    for workers in (1, 4):
        found = _audited(tiny_latent, tiny_clip, tmp_path / f"local-{workers}", engine=LocalEngine(workers))
        _assert_same(found, alone)
    for nodes in (1, 2):
        with cluster(nodes, 1) as (made, _), open_engine("ray", address=made.address) as engine:
            _assert_same(_audited(tiny_latent, tiny_clip, tmp_path / f"nodes-{nodes}", engine=engine), alone)


@needs_ray
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("victims", [("worker", "node"), ("node", "worker")])
def test_kills_in_the_middle_change_nothing(
    victims: tuple[str, str], alone: Tables, tiny_latent: Path, tiny_clip: Path, tmp_path: Path
) -> None:
    left = dict(zip(("painting", "labelling"), victims, strict=True))
    with cluster(2, 1) as (made, nodes), open_engine("ray", address=made.address) as engine:

        def kill(what: str, done: int, total: int) -> None:
            if what in left and 0 < done < total:
                os.kill(victim_of(nodes, left.pop(what)), signal.SIGKILL)

        found = _audited(tiny_latent, tiny_clip, tmp_path / "run", engine=engine, progress=kill)
    assert not left
    _assert_same(found, alone)


SCRIPT = """
import sys, time
from pathlib import Path
from toolkit.engine.opening import open_engine
{imports}
def reached(what, done, total):
    if what == {during!r} and done >= {done} and not Path({beside!r}).exists():
        Path({beside!r}).touch()
        time.sleep(60)
with open_engine("ray", workers=2) as engine:
    {call}
"""


@pytest.fixture
def killed_and_repeated(tmp_path: Path) -> Callable[..., None]:
    """Returns what runs a call in a program of its own, kills it by SIGKILL once so much is done, and repeats it."""

    def run(imports: str, call: str, during: str, done: int) -> None:
        beside = tmp_path / f"{during} was reached"
        words = {"imports": imports, "call": call, "during": during, "done": done, "beside": str(beside)}
        command = [sys.executable, "-c", SCRIPT.format(**words)]
        first = subprocess.Popen(command, start_new_session=True)
        while first.poll() is None and not beside.exists():
            time.sleep(0.05)
        assert first.poll() is None
        family = psutil.Process(first.pid).children(recursive=True)
        first.kill()
        first.wait()
        _, left = psutil.wait_procs(family, timeout=240)
        assert left == [], "Ray ends with the program that started it"
        again = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (again.returncode, again.stdout, again.stderr) == (0, "", "")

    return run


@needs_ray
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_driver_killed_and_resumed_ends_with_the_same_tables(
    alone: Tables, tiny_latent: Path, tiny_clip: Path, tmp_path: Path, killed_and_repeated: Callable[..., None]
) -> None:
    out = tmp_path / "run"
    killed_and_repeated(
        "from toolkit.generate.stage import generate",
        f"generate({str(tiny_latent)!r}, {PROBES!r}, {str(out)!r}, recipe={PAINTING!r}, engine=engine, "
        f"progress=reached, resume=True, **{SIZES!r})",
        "painting",
        264,  # past the first shard
    )
    killed_and_repeated(
        "from toolkit.audit.stage import label",
        f"label({str(out)!r}, {str(out)!r}, recipe={_reading(tiny_clip)!r}, engine=engine, progress=reached)",
        "labelling",
        256,
    )
    _assert_same(_measured(out, tiny_clip), alone)
    assert all(
        decode((out / path).read_bytes()).shape == (64, 64, 3)
        for path in RunFolder(out).read("samples")["image_path"].to_pylist()
    )
