"""An environment of its own for each peer, so that no peer's requirements meet ours or another's."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

REQUIREMENTS: dict[str, tuple[str, ...]] = {
    "cleanvision": ("cleanvision==0.3.7",),
    "imagededup": ("imagededup==0.3.3.post2",),
    "fastdup": ("fastdup==2.54",),
    # its image deduplicator computes hashes with imagededup; it imports aiohttp without asking for it
    "datajuicer": ("py-data-juicer==1.6.1", "imagededup==0.3.3.post2", "aiohttp==3.14.5"),
    "datatrove": ("datatrove==0.10.1", "orjson==3.13.0"),
    "decoders": (
        "pillow==13.0.0",
        "opencv-python-headless==5.0.0.93",
        "imagecodecs==2026.3.6",
        "pyvips-binary==8.18.7",
        "pyvips==3.2.0",
        "simplejpeg==1.9.0",
    ),
}


class EnvironmentMissing(Exception):
    """An environment that could not be made; the message says why."""


def python_of(name: str, folder: Path, *, install: bool) -> Path:
    """Return the interpreter of the environment `name` under `folder`, made with pip where it is missing.

    Raises EnvironmentMissing where that fails, or where it is missing and `install` is false.
    """
    python = folder / name / "bin" / "python"
    if python.is_file() and _has(python, REQUIREMENTS[name]):
        return python
    if not install:
        raise EnvironmentMissing(f"{python} lacks {' '.join(REQUIREMENTS[name])}; nothing is installed now")
    commands = (
        [sys.executable, "-m", "venv", str(folder / name)],
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *REQUIREMENTS[name]],
    )
    for command in commands:
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if ran.returncode:
            said = ran.stderr.strip().splitlines() or ["it said nothing"]
            raise EnvironmentMissing(f"{' '.join(command[1:4])} failed: {said[-1][:300]}")
    return python


def versions(python: Path) -> dict[str, str]:
    """Return name and version of every distribution that is installed for `python`."""
    program = (
        "import importlib.metadata as m, json; "
        "print(json.dumps({d.metadata['Name'].lower(): d.version for d in m.distributions()}))"
    )
    ran = subprocess.run([str(python), "-I", "-c", program], capture_output=True, text=True, check=True)
    listed: dict[str, str] = json.loads(ran.stdout)
    return listed


def _has(python: Path, requirements: tuple[str, ...]) -> bool:
    there = versions(python)
    return all(there.get(name) == version for name, version in (one.split("==") for one in requirements))
