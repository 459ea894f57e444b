"""Versions of what can change a result, as runs record them."""

from __future__ import annotations

import platform
import re
from importlib.metadata import PackageNotFoundError, distribution

_VERSION = re.compile(r"^Version: (\S+)\s*$", re.MULTILINE)
RECORDED_PACKAGES = ("tain", "numpy", "pyarrow", "pillow", "torch", "open_clip_torch", "diffusers", "transformers")


def installed_versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that can change a result; absent ones are left out."""
    found = {"python": platform.python_version()}
    for package in RECORDED_PACKAGES:
        try:
            installed = distribution(package)
        except PackageNotFoundError:
            continue
        # The version alone: to parse all that a package says of itself takes ten times as long.
        stated = _VERSION.search(installed.read_text("METADATA") or "")
        found[package] = stated[1] if stated else installed.version
    return found
