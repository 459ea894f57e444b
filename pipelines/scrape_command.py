"""`tain scrape` as a command: its arguments; the work waits in `pipelines.scrape`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pipelines.exits import Command
from pipelines.path_types import FILE, FOLDER
from toolkit.engine.garbage import collect_seldom


@click.command(cls=Command, resume_hint="run the same command with --resume")
@click.argument("sources", nargs=-1, metavar="SOURCE...")
@click.option("--out", type=FOLDER, required=True, help="New run folder.")
@click.option("--recipe", type=FILE, help="YAML file of limits and manners; options go before what it says.")
@click.option("--seeds", type=FILE, help="Text file of addresses to begin at, one a line, besides those of SOURCE.")
@click.option("--depth", type=click.IntRange(min=0), help="Links from the given pages that are gone along [0].")
@click.option("--most-pages", type=click.IntRange(min=1), help="Pages of a site [1,000].")
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
    sources: tuple[str, ...],
    out: Path,
    recipe: Path | None,
    seeds: Path | None,
    workers: int | None,
    shard_rows: int,
    resume: bool,
    retry_failed: bool,
    **changes: Any,
) -> None:
    """Download the pictures that a list, pages, an archive, a sitemap or sites name.

    SOURCE is a CSV, TSV, JSONL, Parquet or text file of addresses, an HTML file or a folder of them, a WARC, a WAT,
    or a sitemap; or one or more addresses (https://...) of pages, sites or sitemaps, from which --depth links are gone
    along to pages of the same site. Every link becomes a row, with its picture or with the reason why there is none.

    \b
    Example:
      tain scrape links.csv --out runs/scraped --contact https://example.org/crawler
      tain scrape https://example.org/ --depth 2 --most-pages 500 --delay 1 --out runs/site
      tain scrape --seeds sites.txt --depth 1 --out runs/sites
      tain scrape runs/scraped --retry-failed --out runs/mended
    """
    path, addresses = _what(sources, seeds, retry_failed=retry_failed)
    collect_seldom()
    if workers != 1:
        from toolkit.engine.processes import warm_up

        warm_up(["toolkit.scrape.worker"])
    from pipelines.scrape import run_scrape

    run_scrape(
        path or addresses,
        out,
        recipe=recipe,
        changes=changes,
        workers=workers,
        shard_rows=shard_rows,
        resume=resume,
        retry_failed=retry_failed,
    )


def _what(sources: tuple[str, ...], seeds: Path | None, *, retry_failed: bool) -> tuple[Path | None, list[str]]:
    """Return the path that is scraped, or None and the addresses where a crawl begins. Raises UsageError."""
    addresses = [one for one in sources if one.lower().startswith(("http://", "https://"))]
    paths = [one for one in sources if one not in addresses]
    if len(paths) + bool(addresses or seeds) != 1:
        raise click.UsageError(
            "give one file, folder or run; or addresses (https://...) of pages and sites, or --seeds FILE"
        )
    if addresses or seeds:
        if retry_failed:
            raise click.UsageError("--retry-failed takes a run; addresses are asked by a new run")
        from toolkit.scrape.seeds import read_seeds

        return None, [*addresses, *(read_seeds(seeds) if seeds else ())]
    return Path(paths[0]), []
