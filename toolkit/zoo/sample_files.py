"""Where the bundled sample lies."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from toolkit.errors import SourceError


def sample_files() -> list[Path]:
    """Return the Parquet files of the bundled sample in order. Raises SourceError where they were not installed."""
    folder = Path(str(files("toolkit.zoo"))) / "sample"
    found = sorted(folder.glob("*.parquet"))
    if not found:
        raise SourceError(f"{folder} holds no sample; install tain again, or run python -m toolkit.zoo.build_sample")
    return found
