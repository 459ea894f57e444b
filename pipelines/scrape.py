"""`tain scrape`: the scrape stage with a progress bar, and what became of the links."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.progress import console_progress
from toolkit.engine.processes import do_without_pandas
from toolkit.engine.threads import usable_cores
from toolkit.errors import TainError
from toolkit.recipe import load_recipe
from toolkit.store import RunFolder


def run_scrape(
    source: Path | list[str],
    out: Path,
    *,
    recipe: Path | None,
    changes: Mapping[str, Any],
    workers: int | None,
    shard_rows: int,
    resume: bool,
    retry_failed: bool,
) -> RunFolder:
    """Scrape `source`, a path or the addresses where a crawl begins, or the failed rows of the run at `source`, into
    the run folder `out`; print what became of all.

    `changes` are keys of the recipe given on the command line, None where they are not.
    """
    missing = [one for one in ("aiohttp", "aiodns", "brotli") if find_spec(one) is None]
    if missing:
        raise TainError(f"tain scrape needs {' and '.join(missing)}: pip install 'tain[web]'")
    from toolkit.scrape.recipe import ScrapeRecipe
    from toolkit.scrape.stage import recipe_of, scrape, scrape_sites
    from toolkit.scrape.stage import retry_failed as retry

    do_without_pandas()
    given = {key: value for key, value in changes.items() if value is not None}
    old = source if retry_failed and isinstance(source, Path) else None
    base = load_recipe(ScrapeRecipe, recipe) if recipe or old is None else recipe_of(old)
    checked = load_recipe(ScrapeRecipe, base.model_dump() | given)
    used = workers or usable_cores()
    with console_progress() as progress:
        shared: dict[str, Any] = {"recipe": checked, "workers": used, "resume": resume, "progress": progress}
        if old is not None:
            run = retry(old, out, **shared)
        elif isinstance(source, Path):
            run = scrape(source, out, shard_rows=shard_rows, **shared)
        else:
            run = scrape_sites(source, out, shard_rows=shard_rows, **shared)
    _print_counts(run)
    if not checked.contact:
        click.echo("servers were told nobody to complain to: give --contact, a page or a mail address of yours")
    return run


def _print_counts(run: RunFolder) -> None:
    counts = run.stages["scrape"]["counts"]
    console = Console()
    if "crawl" in run.stages:
        _print_crawl(console, run.stages["crawl"]["counts"])
    table = Table(title=f"{counts['rows']:,} links", title_justify="left")
    table.add_column("what became of them")
    table.add_column("links", justify="right")
    table.add_row("downloaded", f"{counts['downloaded']:,}")
    for name, number in sorted(counts["failed"].items(), key=lambda one: -one[1]):
        table.add_row(escape(name), f"{number:,}")
    console.print(table)
    console.print(f"run folder: [bold]{escape(str(run.path))}[/bold]; next: tain curate {run.path}", highlight=False)


def _print_crawl(console: Console, crawled: Mapping[str, Any]) -> None:
    not_read = ", ".join(f"{number:,} {name}" for name, number in crawled["not_read"].items())
    console.print(
        f"{crawled['pages']:,} pages read on {crawled['sites']:,} sites, {crawled['depth']} links deep"
        + (f"; not read: {not_read}" if not_read else ""),
        highlight=False,
    )
    if "most_pages" in crawled["ended"]:
        console.print(f"{crawled['ended']['most_pages']:,} sites have more pages: --most-pages", highlight=False)
