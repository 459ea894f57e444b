"""The engine of many machines: the results of the local one, whatever dies on the way, and nothing left running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest
from summing import BATCHES, Failing, Scale, TorchThreads

from toolkit.engine.engine import EngineError, PerWorker, WorkerError
from toolkit.engine.local import LocalEngine
from toolkit.engine.opening import open_engine
from toolkit.engine.ray import Bounds, RayEngine, ray_engine
from toolkit.engine.threads import usable_cores

# not by importing it, which would read its settings before the engine has made them
pytestmark = pytest.mark.skipif(find_spec("ray") is None, reason="the extra ray is missing: pip install 'tain[ray]'")


class Pid:
    """Makes a function that says in which process it was made."""

    def __call__(self) -> _Pid:
        return _Pid()


class _Pid:
    def __init__(self) -> None:
        self.made_in = os.getpid()

    def __call__(self, batch: list[int]) -> int:
        return self.made_in


@pytest.fixture(scope="module")
def engine() -> Iterator[RayEngine]:
    """One cluster for the tests of this file: it takes seconds to start."""
    with ray_engine(workers=2, bounds=Bounds(object_store=100 << 20)) as made:
        yield made
    assert not [one.name() for one in psutil.Process().children(recursive=True) if "raylet" in one.name()]


def test_results_are_those_of_the_local_engine(engine: RayEngine) -> None:
    assert list(engine.map_batches(Scale(3), iter(BATCHES))) == list(LocalEngine(2).map_batches(Scale(3), BATCHES))
    assert list(engine.map_batches(Scale(1), [])) == []


def test_a_worker_makes_its_function_once(engine: RayEngine) -> None:
    made_in = list(engine.map_batches(Pid(), [[number] for number in range(40)]))
    assert 1 <= len(set(made_in)) <= 2
    assert os.getpid() not in made_in


def test_an_exception_of_the_work_reaches_the_caller_after_the_results_before_it(engine: RayEngine) -> None:
    results = engine.map_batches(Failing("raise"), [[1], [3], [4]])
    assert next(results) == 1
    with pytest.raises(KeyError, match="three"):
        next(results)


def test_a_batch_whose_worker_was_killed_is_sent_to_another(engine: RayEngine, tmp_path: Path) -> None:
    found = list(engine.map_batches(Failing("killed", str(tmp_path / "once")), [[one] for one in range(8)]))
    assert found == list(range(8))


KILLED = """
import sys, time
from summing import Failing
from toolkit.engine.ray import Bounds, ray_engine

with ray_engine(workers=2, bounds=Bounds(object_store=100 << 20)) as engine:
    print(sum(engine.map_batches(Failing("killed", sys.argv[1]), [[one] for one in range(8)])))
    time.sleep(2)  # Ray tells of the lost worker a moment after it
"""


def test_what_ray_says_of_a_lost_worker_stays_in_its_logs(tmp_path: Path) -> None:
    # in a program of its own: Ray reads once, when it is first imported, what it is to print
    here = Path(__file__).resolve()
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(here.parent), str(here.parents[2])])}
    run = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "once")],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "28\n", "")
    assert (tmp_path / "once").exists()


def test_a_batch_that_kills_every_worker_is_an_error_that_says_what_to_do(engine: RayEngine) -> None:
    with pytest.raises(WorkerError, match=r"4 workers were lost over one batch .*--resume"):
        list(engine.map_batches(Failing("killed"), [[1], [3], [4]]))


def test_a_batch_is_read_only_when_a_worker_can_take_it_soon(engine: RayEngine) -> None:
    read: list[int] = []

    def batches() -> Iterator[list[int]]:
        for number in range(50):
            read.append(number)
            yield [number]

    results = engine.map_batches(Scale(1), batches())
    next(results)
    assert len(read) <= 7
    results.close()  # type: ignore[attr-defined]


def test_few_bytes_are_in_flight(engine: RayEngine) -> None:
    import ray

    read: list[int] = []

    def batches() -> Iterator[list[int]]:
        for number in range(20):
            read.append(number)
            yield [number] * 100_000

    tight = RayEngine(ray, 2, Bounds(in_flight=1 << 19))
    for place, (total, _) in enumerate(tight.map_batches(Scale(1), batches())):
        assert total == 100_000 * place
        assert len(read) - place <= 3


def test_what_a_worker_needs_must_be_there(engine: RayEngine) -> None:
    with pytest.raises(EngineError, match=r"1 CPU and 1 GPU, and Ray's cluster has 2 CPU, 0 GPU"):
        next(engine.map_batches(Scale(1), BATCHES, PerWorker(gpus=1)))


def test_torch_has_as_many_threads_as_a_worker_takes_cores(engine: RayEngine) -> None:
    assert list(engine.map_batches(TorchThreads(), [[1], [2]])) == [1, 1]
    assert list(engine.map_batches(TorchThreads(), [[1], [2]], PerWorker(cpus=2.0))) == [min(2, usable_cores())] * 2


def test_ray_leaves_signals_and_environment_as_they_were(engine: RayEngine) -> None:
    assert signal.getsignal(signal.SIGTERM) in (signal.SIG_DFL, signal.default_int_handler)
    assert "RAY_USAGE_STATS_ENABLED" not in os.environ


def test_an_address_where_nobody_is_and_a_name_that_nothing_has() -> None:
    with pytest.raises(EngineError, match="no engine 'dask'; choose one of local, ray"), open_engine("dask"):
        pass
    with pytest.raises(EngineError, match="local has no address"), open_engine("local", address="auto"):
        pass


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(EngineError, match=r"pip install 'tain\[ray\]'"), open_engine("ray"):
        pass
