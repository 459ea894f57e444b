"""`tain scrape` as a command: its arguments; the work waits in `pipelines.scrape`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pipelines.exits import Command
from pipelines.path_types import ANY, FILE, FOLDER
from toolkit.engine.garbage import collect_seldom


@click.command(cls=Command, resume_hint="run the same command with --resume")
@click.argument("source", type=ANY)
@click.option("--out", type=FOLDER, required=True, help="New run folder.")
@click.option("--recipe", type=FILE, help="YAML file of limits and manners; options go before what it says.")
@click.option("--contact", help="Page or mail address that servers are told: who asks, and whom to complain to.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes at work; the default is a process a core.")
@click.option("--concurrency", type=click.IntRange(min=1), help="Downloads at once in each process [128].")
@click.option("--per-host", type=click.IntRange(min=1), help="Connections to one host, of all processes [8].")
@click.option("--delay", type=click.FloatRange(min=0), help="Seconds between two requests to one host [0].")
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), help="Seconds for a link, all tries [30].")
@click.option("--retries", type=click.IntRange(min=0), help="Further tries where one may help [2].")
@click.option("--max-bytes", type=click.IntRange(min=1), help="Bytes of a picture [16 MiB].")
@click.option("--max-pixels", type=click.IntRange(min=1), help="Pixels of a picture [64 million].")
@click.option("--allow-private", is_flag=True, default=None, help="Ask addresses of private networks too.")
@click.option("--shard-rows", type=click.IntRange(min=1), default=256, show_default=True, help="Links a file of rows.")
@click.option("--resume", is_flag=True, help="Go on with the unfinished run at --out.")
@click.option("--retry-failed", is_flag=True, help="SOURCE is an earlier run: ask again what failed and may heal.")
def scrape(
    source: Path,
    out: Path,
    recipe: Path | None,
    workers: int | None,
    shard_rows: int,
    resume: bool,
    retry_failed: bool,
    **changes: Any,
) -> None:
    """Download the pictures that a list, pages, an archive or a sitemap name.

    SOURCE is a CSV, TSV, JSONL, Parquet or text file of addresses, an HTML file or a folder of them, a WARC, a WAT,
    or a sitemap. Every link becomes a row, with its picture or with the reason why there is none.

    \b
    Example:
      tain scrape links.csv --out runs/scraped --contact https://example.org/crawler
      tain scrape runs/scraped --retry-failed --out runs/mended
    """
    collect_seldom()
    if workers != 1:
        from toolkit.engine.processes import warm_up

        warm_up(["toolkit.scrape.worker"])
    from pipelines.scrape import run_scrape

    run_scrape(
        source,
        out,
        recipe=recipe,
        changes=changes,
        workers=workers,
        shard_rows=shard_rows,
        resume=resume,
        retry_failed=retry_failed,
    )
