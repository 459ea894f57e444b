"""`tain verify`: whether a run is whole, and what to do where it is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelines.exits import FAILED, Command
from pipelines.path_types import FOLDER

if TYPE_CHECKING:
    from toolkit.verify.run import Verified


@click.command(cls=Command)
@click.argument("run", type=FOLDER)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
@click.option(
    "--set-aside", "aside", is_flag=True, help="Move damaged shards away, so that the same command makes them again."
)
def verify(run: Path, as_json: bool, aside: bool) -> None:
    """Check every file of a run, and say what is damaged and how to mend it.

    Hashes of shards, reports and pictures, columns, keys, rows that tables share, inputs, leftovers of a kill. Exits
    with 1 where anything is wrong. Nothing is written, but with --set-aside.

    \b
    Example:
      tain verify runs/mine
    """
    from toolkit.verify.run import verify as check
    from toolkit.verify.set_aside import set_aside

    found = check(run)
    moved = set_aside(run, found.problems) if aside else []
    if as_json:
        problems = [one._asdict() for one in found.problems]
        click.echo(json.dumps({"run": str(run), **found._asdict(), "problems": problems, "set_aside": moved}, indent=2))
    else:
        _tell(run, found, moved)
    if not found.whole:
        raise click.exceptions.Exit(FAILED)


def _tell(run: Path, found: Verified, moved: list[str]) -> None:
    for one in found.problems:
        click.echo(one.text)
    for path in found.away:
        click.echo(f"note: input {path} is not where it was, so it was not checked")
    if found.unhashed:
        click.echo(f"note: no hash was noted of {found.unhashed:,} shards, which were read but not compared")
    for name in moved:
        click.echo(f"set aside: {name}")
    wrong = len(found.problems)
    verdict = "whole" if found.whole else f"{wrong:,} problem{'' if wrong == 1 else 's'}"
    click.echo(f"{run}: {verdict}; {found.files:,} files against their hashes")
