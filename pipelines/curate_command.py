"""`tain curate` and `tain decide` as commands: their arguments; the work waits in `pipelines.curate`."""

from __future__ import annotations

from pathlib import Path

import click

from pipelines.engines import address_option, engine_option
from pipelines.exits import Command
from pipelines.path_types import FILE, FOLDER
from toolkit.engine.garbage import collect_seldom

cache_option = click.option(
    "--cache", type=FOLDER, envvar="TAIN_CACHE", help="Folder that keeps embeddings for all runs [~/.cache/tain]."
)


@click.command(cls=Command, resume_hint="run the same command with --resume")
@click.argument("source")
@click.option("--out", type=FOLDER, required=True, help="New run folder.")
@click.option("--recipe", type=FILE, help="YAML file of rules and thresholds; the default keeps what is sane.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes at work; the default is a process a core.")
@engine_option
@address_option
@click.option("--resume", is_flag=True, help="Go on with the unfinished run at --out.")
@cache_option
def curate(
    source: str,
    out: Path,
    recipe: Path | None,
    workers: int | None,
    engine: str,
    address: str | None,
    resume: bool,
    cache: Path | None,
) -> None:
    """Score every pair of a source and decide which stay.

    SOURCE is a folder, a CSV, TSV, JSONL, Parquet or tar file (also at s3:// or gs://), a folder of the datasets
    library, a hub id, or zoo:sample.

    \b
    Example:
      tain curate my-pairs.parquet --out runs/mine
    """
    collect_seldom()
    if workers != 1 and engine == "local":
        from toolkit.engine.processes import warm_up

        warm_up(["toolkit.curate.shards"])
    from pipelines.curate import run_curate

    run_curate(source, out, recipe=recipe, workers=workers, engine=engine, address=address, resume=resume, cache=cache)


@click.command(cls=Command, resume_hint="run it again with another --out")
@click.argument("run", type=FOLDER)
@click.option("--recipe", type=FILE, required=True, help="YAML file of rules and thresholds.")
@click.option("--out", type=FOLDER, required=True, help="New run folder.")
@click.option("--score", is_flag=True, help="Compute the scores that the first recipe had skipped and this one needs.")
@cache_option
def decide(run: Path, recipe: Path, out: Path, score: bool, cache: Path | None) -> None:
    """Decide again by another recipe, without scoring again.

    \b
    Example:
      tain decide runs/mine --recipe strict.yaml --out runs/strict
    """
    from pipelines.curate import run_decide

    run_decide(run, out, recipe=recipe, score=score, cache=cache)
