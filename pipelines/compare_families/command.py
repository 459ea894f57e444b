"""`tain compare-families` as a command: its arguments; the work waits in `pipelines.compare_families.stage`."""

from __future__ import annotations

from pathlib import Path

import click

from pipelines.exits import Command
from pipelines.path_types import FILE, FOLDER


@click.command(cls=Command, name="compare-families", resume_hint="run the same command with --resume")
@click.option("--data", type=FOLDER, required=True, multiple=True, help="Curated run; may be given several times.")
@click.option("--out", type=FOLDER, required=True, help="New folder for models, pictures and the comparison.")
@click.option(
    "--minutes", type=click.FloatRange(min=0, min_open=True), required=True, help="Computing for each family."
)
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True)
@click.option("--judge", default="zoo:clip", show_default=True, help="Pairing network that looks at the pictures.")
@click.option("--recipe", type=FILE, help="YAML file of sizes, rates and how many pictures.")
@click.option("--resume", is_flag=True, help="Go on with the unfinished comparison at --out.")
def compare_families(
    data: tuple[Path, ...],
    out: Path,
    minutes: float,
    device: str,
    judge: str,
    recipe: Path | None,
    resume: bool,
) -> None:
    """Train latents, pixels and tokens alike, and compare.

    Each family gets as many minutes of one core (on a GPU: of the clock), its autoencoder or tokenizer included. Says
    how well each paints what it is asked for, how fast, and with how much memory.

    \b
    Example:
      tain compare-families --data runs/mine --out runs/families --minutes 60
    """
    from rich.console import Console

    from pipelines.compare_families.stage import compare_families as compare
    from pipelines.progress import console_progress

    with console_progress() as progress:
        folder = compare(
            data, out, minutes, device=device, judge=judge, recipe=recipe, resume=resume, progress=progress
        )
    click.echo((folder / "compare.md").read_text("utf-8"))
    Console().print(f"Compared: [bold]{folder / 'compare.json'}[/bold]", soft_wrap=True)
