"""Where in a trained model's folder what paints lies."""

from __future__ import annotations

from pathlib import Path


def painter_in(folder: Path) -> Path:
    """Return what paints of the model that `tain train` left in `folder`: the folder itself, or the pipeline within it
    that has trained adapters merged."""
    merged = folder / "merged"
    return merged if (merged / "model_index.json").is_file() else folder
