"""The README's Python example is run as it stands: what it prints is what a stranger would see."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def test_the_python_example_runs_and_prints_shares_and_a_report(tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), flags=re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", example],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "zoo:latent" in done.stdout
    assert "firefighter" in done.stdout
    assert (tmp_path / "runs/api/audit/report/report.html").stat().st_size > 10_000


def test_every_picture_and_file_that_the_readme_shows_exists() -> None:
    text = README.read_text("utf-8")
    shown = [path for path in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in path]
    assert len(shown) >= 8
    missing = [path for path in shown if not (README.parent / path).exists()]
    assert not missing
