"""What holds for the whole process of a command."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

PROGRAM = (
    "from pipelines.process import set_up_process; set_up_process(); "
    "import pyarrow; print(pyarrow.default_memory_pool().backend_name)"
)


@pytest.mark.parametrize(("asked", "used"), [(None, "system"), ("mimalloc", "mimalloc")])
def test_tables_lie_in_the_memory_of_the_c_library_unless_somebody_says_otherwise(asked: str | None, used: str) -> None:
    environ = {name: value for name, value in os.environ.items() if name != "ARROW_DEFAULT_MEMORY_POOL"}
    if asked is not None:
        environ["ARROW_DEFAULT_MEMORY_POOL"] = asked
    said = subprocess.run([sys.executable, "-c", PROGRAM], env=environ, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == used


LINEAR_ALGEBRA = """
from pipelines.process import set_up_process; set_up_process()
import numpy, threadpoolctl
print({one["num_threads"] for one in threadpoolctl.threadpool_info() if one["user_api"] == "blas"})
"""


@pytest.mark.parametrize(("asked", "used"), [(None, "{1}"), ("2", "{2}")])
def test_linear_algebra_has_one_thread_unless_somebody_says_otherwise(asked: str | None, used: str) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    if asked is not None:
        environ["OPENBLAS_NUM_THREADS"] = asked
    code = [sys.executable, "-c", LINEAR_ALGEBRA]
    assert subprocess.run(code, env=environ, capture_output=True, text=True, check=True).stdout.strip() == used


STEPS = """
import resource, sys
from pipelines.process import keep_freed_memory
if sys.argv[1] == "kept":
    keep_freed_memory()
import torch
def step():
    return [torch.ones(16 << 20) for _ in range(4)] and None
for _ in range(12):
    step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(4):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has these settings")
def test_a_training_asks_the_system_for_its_memory_once() -> None:
    faults = [
        int(subprocess.run([sys.executable, "-c", STEPS, how], capture_output=True, text=True, check=True).stdout)
        for how in ("given back", "kept")
    ]
    assert faults[1] < faults[0] / 20
