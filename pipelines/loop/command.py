"""`tain loop` as a command."""

from __future__ import annotations

from pathlib import Path

import click

from pipelines.exits import Command
from pipelines.path_types import FILE, FOLDER
from pipelines.process import keep_freed_memory


@click.command(cls=Command, resume_hint="run the same command again: it goes on where it was")
@click.option("--recipe", type=FILE, required=True, help="YAML file with a part for each stage.")
@click.option("--out", type=FOLDER, required=True, help="Folder for the runs of the turn.")
@click.option("--cache", type=FOLDER, help="Where embeddings are kept, as for tain curate.")
def loop(recipe: Path, out: Path, cache: Path | None) -> None:
    """Run one whole turn: curate, train, generate, audit, mitigate, audit again.

    What is finished is kept, so that a turn that was cut goes on.

    \b
    Example:
      tain loop --recipe loop.yaml --out runs/turn
    """
    from pipelines.loop.stage import loop as run_loop
    from pipelines.mitigate.telling import tell
    from pipelines.progress import console_progress

    keep_freed_memory()
    with console_progress() as progress:
        turn = run_loop(recipe, out, cache=cache, progress=progress)
    for one in turn.mitigated:
        tell(one)
    click.echo(f"look at it: tain dashboard {out}")
