"""`tain train` as a command: its arguments; the work waits in `pipelines.train`."""

from __future__ import annotations

from pathlib import Path

import click

from pipelines.exits import Command
from pipelines.path_types import FILE, FOLDER
from pipelines.process import keep_freed_memory


@click.command(cls=Command, resume_hint="run the same command with --resume")
@click.argument("network", type=click.Choice(["clip", "latent", "pixel", "tokens", "pipeline"]))
@click.option("--data", type=FOLDER, required=True, multiple=True, help="Curated run; may be given several times.")
@click.option("--out", type=FOLDER, required=True, help="New folder for the model and its card.")
@click.option("--recipe", type=FILE, help="YAML file of sizes and rates.")
@click.option("--minutes", type=click.FloatRange(min=0, min_open=True), help="Stop after this long.")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True)
@click.option("--tensorboard", type=FOLDER, help="Folder for curves and samples that TensorBoard reads (extra: train).")
@click.option("--resume", is_flag=True, help="Go on from the last checkpoint at --out.")
def train(
    network: str,
    data: tuple[Path, ...],
    out: Path,
    recipe: Path | None,
    minutes: float | None,
    device: str,
    tensorboard: Path | None,
    resume: bool,
) -> None:
    """Train the pairing network or a generator on curated pairs.

    Generators of three families: latent diffusion, pixel diffusion, and tokens that are predicted one by one; pipeline
    trains a diffusers pipeline on, the one that its recipe names by start: FOLDER or hub id.

    Under torchrun all of its processes share the work: torchrun --nproc-per-node 2 -m pipelines.cli train ...

    \b
    Example:
      tain train latent --data runs/mine --out models/mine --minutes 60
      tain train pipeline --recipe finetune.yaml --data runs/mine --out models/mine --tensorboard log
    """
    from pipelines.train import run_train

    keep_freed_memory()
    run_train(network, data, out, recipe=recipe, minutes=minutes, device=device, tensorboard=tensorboard, resume=resume)
