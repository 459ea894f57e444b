"""Where and with what a result was measured."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

import psutil

from curate.environments import versions

SHOWN = (
    "tain", "pillow", "numpy", "pyarrow", "cleanvision", "imagehash", "imagededup", "fastdup", "py-data-juicer",
    "datasets", "opencv-python-headless", "imagecodecs", "pyvips", "pyvips-binary", "simplejpeg",
)  # fmt: skip


def machine() -> dict[str, object]:
    """Return the processor, its cores and flags that decoders use, memory in GiB, the system and Python."""
    facts: dict[str, str] = {}
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        pairs = (line.partition(":") for line in cpuinfo.read_text("utf-8").splitlines())
        facts = {key.strip(): value.strip() for key, _, value in pairs}
    flags = facts.get("flags", "").split()
    return {
        "processor": facts.get("model name", platform.processor()),
        "cores": len(os.sched_getaffinity(0)),
        "avx2": "avx2" in flags,
        "avx512": "avx512f" in flags,
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load": [round(one, 2) for one in os.getloadavg()],
    }


def shown_versions(pythons: dict[str, Path]) -> dict[str, dict[str, str]]:
    """Return the versions that matter of our own environment and of each of `pythons`, by name."""
    every = {"tain": Path(sys.executable), **pythons}
    return {
        name: {one: found[one] for one in SHOWN if one in found}
        for name, found in ((name, versions(python)) for name, python in every.items())
    }
