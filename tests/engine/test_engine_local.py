"""The local engine: the same results in the same order whatever the worker count, and no silent loss."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from summing import BATCHES, Failing, Scale, TorchThreads
from threadpoolctl import threadpool_info

from toolkit.engine.engine import PerWorker
from toolkit.engine.local import LocalEngine, WorkerError, gather, map_batches
from toolkit.engine.threads import usable_cores
from toolkit.errors import RunError


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_results_come_in_order_whatever_the_workers(workers: int) -> None:
    found = list(map_batches(Scale(3), iter(BATCHES), workers=workers))
    assert [total for total, _ in found] == [9, 15, 0, 72, 30, 33]


def test_large_batches_and_results_do_not_block_each_other() -> None:
    batches = [list(range(300_000)) for _ in range(5)]
    assert len(list(map_batches(Scale(1), batches, workers=2))) == 5


@pytest.mark.parametrize("workers", [1, 2])
def test_an_exception_of_the_work_reaches_the_caller_after_the_results_before_it(workers: int) -> None:
    results = map_batches(Failing("raise"), [[1], [3], [4]], workers=workers)
    assert next(results) == 1
    with pytest.raises(KeyError, match="three"):
        next(results)


@dataclass(frozen=True)
class Threads:
    """Makes a function that says how many threads numpy's linear algebra has, whatever its batch."""

    def __call__(self) -> _Threads:
        return _Threads()


class _Threads:
    def __call__(self, batch: list[int]) -> list[int]:
        np.ones((2, 2)) @ np.ones((2, 2))
        return [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]


def test_the_linear_algebra_of_workers_does_not_fight_over_the_cores() -> None:
    for found in map_batches(Threads(), [[1], [2]], workers=2):
        assert set(found) == {1}


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("threads", [1, 2, 1000])
def test_torch_has_the_threads_that_are_asked_for_at_most_one_a_core(workers: int, threads: int) -> None:
    import torch

    before = torch.get_num_threads(), os.environ.get("OMP_NUM_THREADS")
    asked = LocalEngine(workers).map_batches(TorchThreads(), [[1], [2]], PerWorker(threads=threads))
    assert set(asked) == {min(threads, usable_cores())}
    assert (torch.get_num_threads(), os.environ.get("OMP_NUM_THREADS")) == before


def test_workers_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    shares = set(map_batches(TorchThreads(), [[1], [2]], workers=2))
    assert shares == {max(1, usable_cores() // 2)}


def test_a_killed_worker_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(WorkerError, match=r"ended with code -9 .*--resume"):
        list(map_batches(Failing("killed"), [[1], [3], [4]], workers=2))


def test_no_batches_give_no_results_and_fewer_than_one_worker_is_refused() -> None:
    assert list(map_batches(Scale(1), [], workers=2)) == []
    with pytest.raises(ValueError, match="at least 1"):
        next(map_batches(Scale(1), BATCHES, workers=0))


def test_a_batch_is_read_only_when_a_worker_can_take_it_soon() -> None:
    read: list[int] = []

    def batches():
        for number in range(50):
            read.append(number)
            yield [number]

    results = map_batches(Scale(1), batches(), workers=2)
    next(results)
    assert len(read) <= 3
    results.close()  # type: ignore[attr-defined]


def test_gather_joins_in_order_and_keeps_the_rows_in_a_file(tmp_path: Path) -> None:
    tables = [pa.table({"a": list(range(n, n + 1000)), "b": [str(n)] * 1000}) for n in range(0, 100_000, 1000)]
    before = pa.total_allocated_bytes()
    gathered = gather(iter(tables), tmp_path / "gathered.arrow")
    assert pa.total_allocated_bytes() - before < 100_000
    assert gathered.rows == 100_000
    joined = gathered.select(["a", "b"])
    assert joined["a"].to_pylist() == list(range(100_000))
    assert joined.equals(pa.concat_tables(tables))
    (tmp_path / "gathered.arrow").unlink()
    assert gathered.select(["b"])["b"][99_999].as_py() == "99000"
    assert joined["a"][99_999].as_py() == 99_999  # what was selected before can be looked at again


def test_gather_of_nothing_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="at least one row"):
        gather([], tmp_path / "gathered.arrow")
