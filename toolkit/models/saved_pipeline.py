"""Diffusers pipelines as a whole: what they are recognised by, and how they are written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from toolkit.models.text_encoder import quiet_transformers
from toolkit.models.weights import fingerprint


def pipeline_fingerprint(pipeline: Any) -> str:
    """Return a hash of all weights and configurations of `pipeline`: 32 hex digits, equal for equal pipelines."""
    networks = {name: part for name, part in pipeline.components.items() if hasattr(part, "state_dict")}
    configurations = {name: str(getattr(part, "config", "")) for name, part in sorted(pipeline.components.items())}
    return fingerprint(*(networks[name] for name in sorted(networks)), **configurations)


def save_pipeline(pipeline: Any, folder: Path) -> None:
    """Write `pipeline` to `folder` as diffusers does, without progress bars."""
    with quiet_transformers():
        pipeline.save_pretrained(folder)
