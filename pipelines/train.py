"""`tain train`: curated runs in, a model folder out, with a progress bar."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from rich.console import Console

from pipelines.painters import painter_in
from pipelines.progress import console_progress
from toolkit.train.stage import train


def run_train(
    kind: Literal["clip", "latent", "pixel", "tokens", "pipeline"],
    data: Sequence[Path],
    out: Path,
    recipe: Path | None = None,
    minutes: float | None = None,
    device: Literal["auto", "cpu", "cuda"] = "auto",
    tensorboard: Path | None = None,
    *,
    resume: bool = False,
) -> Path:
    """Train `kind` on the curated runs in `data`, say where the model is and how to use it, and return its folder."""
    command = " ".join(
        [f"tain train {kind}", *(f"--data {one.name}" for one in data), f"--out {out.name}"]
        + ([f"--recipe {recipe.name}"] if recipe else [])
        + ([f"--minutes {minutes:g}"] if minutes else [])
    )
    with console_progress() as progress:
        folder = train(
            kind,
            list(data),
            out,
            recipe=recipe,
            minutes=minutes,
            device=device,
            resume=resume,
            tensorboard=tensorboard,
            command=command,
            progress=progress,
        )
    if int(os.environ.get("RANK", 0)):  # of the processes that torchrun started, the first one talks
        return folder
    console = Console()
    console.print(f"Trained {kind}: [bold]{folder}[/bold] (card: {folder / 'README.md'})")
    for name, part in json.loads((folder / "training.json").read_text("utf-8"))["parts"].items():
        (_, first), (step, last) = part["curve"][0], part["curve"][-1]
        console.print(f"{name}: loss {first:.4f} to {last:.4f} in {step} steps", highlight=False)
    painter = painter_in(folder)
    if kind in ("latent", "pixel", "tokens") or (painter / "model_index.json").is_file():
        use = f"tain generate --model {painter} --probes FILE --out DIR"
        console.print(f"Paint with it: {use}", highlight=False, soft_wrap=True)
    return folder


def run_export_model(model: str, out: Path) -> Path:
    """Write the pairing network `model` for plain open_clip, say how to load it, and return the folder."""
    from toolkit.models.export_open_clip import export_open_clip
    from toolkit.models.pairing import load_pairing

    folder = export_open_clip(load_pairing(model), out)
    console = Console()
    console.print(f"Exported {model}: [bold]{folder}[/bold]")
    console.print(
        f'Load it: open_clip.create_model_and_transforms("local-dir:{folder}")', highlight=False, soft_wrap=True
    )
    return folder
