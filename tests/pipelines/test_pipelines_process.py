"""What holds for the whole process of a command."""

from __future__ import annotations

import os
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
