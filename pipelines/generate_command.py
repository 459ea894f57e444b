"""`tain generate` as a command: its arguments; the work waits in `pipelines.generate`."""

from __future__ import annotations

from pathlib import Path

import click

from pipelines.engines import address_option, engine_option, workers_option
from pipelines.exits import Command
from pipelines.path_types import FILE, FOLDER
from pipelines.process import keep_freed_memory


@click.command(cls=Command, resume_hint="run the same command with --resume")
@click.option("--model", required=True, help="zoo:latent, a folder, retrieval:RUN, or a hub id: stabilityai/sd-turbo.")
@click.option("--probes", type=FILE, required=True, help="YAML file of templates and slots, or set:NAME.")
@click.option("--out", type=FOLDER, required=True, help="New run folder.")
@click.option("--replicates", type=click.IntRange(min=1), default=100, show_default=True, help="Pictures a prompt.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the whole audit set.")
@click.option("--batch-size", type=click.IntRange(min=1), help="Pictures at a time; the model has its default.")
@click.option("--recipe", type=FILE, help="YAML file of steps, guidance, size and settings.")
@click.option("--device", default="cpu", show_default=True, help="cpu, cuda or mps.")
@click.option(
    "--dtype", type=click.Choice(["float32", "float16", "bfloat16"]), default="float32", help="Of diffusers pipelines."
)
@click.option("--path-every", type=click.IntRange(min=1), help="Keep every K-th step from snow to picture.")
@click.option("--noised", type=FILE, multiple=True, help="Picture to show on its way to snow; may be repeated.")
@click.option("--allow-pickle", is_flag=True, help="Load weights that can run code. Only from people you trust.")
@workers_option
@engine_option
@address_option
@click.option("--resume", is_flag=True, help="Go on with the run at --out, also with more probes or replicates.")
def generate(
    model: str,
    probes: Path,
    out: Path,
    replicates: int,
    seed: int,
    batch_size: int | None,
    recipe: Path | None,
    device: str,
    dtype: str,
    path_every: int | None,
    noised: tuple[Path, ...],
    allow_pickle: bool,
    workers: int | None,
    engine: str,
    address: str | None,
    resume: bool,
) -> None:
    """Paint pictures from probe prompts.

    The same prompt and seed give the same picture. Under torchrun all of its processes share the work, each on a GPU of
    its own: torchrun --nproc-per-node 2 -m pipelines.cli generate --device cuda ...

    \b
    Example:
      tain generate --model zoo:latent --probes probes.yaml --out runs/painted --replicates 100
    """
    from pipelines.generate import run_generate

    keep_freed_memory()
    run_generate(
        model,
        probes,
        out,
        replicates=replicates,
        seed=seed,
        batch_size=batch_size,
        recipe=recipe,
        device=device,
        dtype=dtype,
        path_every=path_every,
        noised=noised,
        allow_pickle=allow_pickle,
        workers=workers,
        engine=engine,
        address=address,
        resume=resume,
    )
