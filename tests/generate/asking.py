"""Requests and pictures, as tests of generators ask for them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from toolkit.generate.generator import Generator, Painted, Request
from toolkit.generate.requests import GenerationRecipe, make_requests
from toolkit.probes import load_probes
from toolkit.store import RunFolder


def asked(painter: Generator, prompts: list[str], replicates: int, **recipe: Any) -> list[Request]:
    """Return the requests for `replicates` pictures of each prompt."""
    probes = load_probes({"templates": ["{it}"], "slots": {"it": prompts}})
    checked = GenerationRecipe.model_validate(recipe)
    made = make_requests(probes, replicates, 0, checked, painter.defaults, painter.fingerprint)
    return [request for _, request in made]


def pixels(painted: list[Painted]) -> np.ndarray:
    """Return pictures as one array of whole numbers, (n, height, width, 3)."""
    return np.stack([one.pixels for one in painted]).astype(int)


def rows(run: RunFolder) -> list[dict[str, Any]]:
    """Return the requests of a run, each with its sample's columns."""
    samples = {row["request_id"]: row for row in run.read("samples").to_pylist()}
    return [row | samples[row["request_id"]] for row in run.read("requests").to_pylist()]


def stored(run: RunFolder) -> dict[str, np.ndarray]:
    """Return the stored pictures of a run by request_id."""
    found = run.read("samples", ["request_id", "image_path"]).to_pylist()
    return {row["request_id"]: _read(run.path / row["image_path"]) for row in found if row["image_path"]}


def _read(path: Path) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(path.read_bytes()))).astype(int)
