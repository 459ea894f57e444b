"""Pages are imported while the first is looked at, in a process of its own."""

from __future__ import annotations

import subprocess
import sys

from dashboards.app import PAGES
from dashboards.read_ahead import LATER

SCRIPT = """
import sys
from dashboards.read_ahead import read_ahead
read_ahead()
print(*sys.modules, sep="\\n")
"""


def test_all_that_pages_import_is_there_and_no_network() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=120)
    modules = set(done.stdout.split())
    assert {f"dashboards.pages.{name}" for name in PAGES} | set(LATER) <= modules
    assert "torch" not in modules, "nobody waits for it, and it takes memory"
