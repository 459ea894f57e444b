"""The README's Python example is run as it stands: what it prints is what a stranger would see. CI runs it on
a small set, `make test-slow` on the bundled one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from crops import write_crops

README = Path(__file__).parents[2] / "README.md"


@pytest.mark.slow
def test_the_python_example_runs_and_prints_shares_and_a_report(tmp_path: Path) -> None:
    said = run_example(example(), tmp_path)
    assert "zoo:latent" in said
    assert "firefighter" in said


def test_the_python_example_runs_on_data_of_ones_own(tmp_path: Path) -> None:
    data = write_crops(tmp_path / "mine", rows=24)
    assert example().count('"zoo:sample"') == 1
    said = run_example(example().replace('"zoo:sample"', repr(str(data))), tmp_path)
    assert "zoo:latent" in said
    assert "firefighter" in said


def example() -> str:
    """Return the README's one Python example."""
    (found,) = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), flags=re.DOTALL)
    return str(found)


def run_example(text: str, folder: Path) -> str:
    """Run an example in `folder` and return what it printed; it must have written a report."""
    done = subprocess.run(
        [sys.executable, "-c", text],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert (folder / "runs/api/audit/report/report.html").stat().st_size > 10_000
    return done.stdout


def test_every_picture_and_file_that_the_readme_shows_exists() -> None:
    text = README.read_text("utf-8")
    shown = [path for path in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in path]
    assert len(shown) >= 8
    missing = [path for path in shown if not (README.parent / path).exists()]
    assert not missing
