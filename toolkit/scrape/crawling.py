"""The crawl stage: the pages of given sites to the table `links`, in the same order however often it was cut off."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from toolkit.errors import RunError
from toolkit.progress import Progress
from toolkit.scrape.joined import manners_of
from toolkit.scrape.journal import Journal
from toolkit.scrape.link_rows import TABLE, table_of_links
from toolkit.scrape.permission import Permission
from toolkit.scrape.recipe import ScrapeRecipe
from toolkit.sources.web.crawl import Asking, Site, check_page, sites_of, visit, walk_of
from toolkit.sources.web.failures import FetchFailure, class_of
from toolkit.sources.web.fetcher import Fetcher, Wanted
from toolkit.sources.web.links import Fetched, ImageLink
from toolkit.sources.web.site_walk import Visit
from toolkit.sources.web.turns import Turns, shared_turns
from toolkit.store import RunFolder, shard_name

STAGE = "crawl"
_SITES_AT_ONCE = 32
_SHARD_ROWS = 4096
_MOST_REMEMBERED = 1_000_000  # pictures of a site, beyond which one may come again


def crawl_sites(run: RunFolder, seeds: Sequence[str], recipe: ScrapeRecipe, progress: Progress) -> dict[str, Any]:
    """Write the pictures that the pages of the sites of `seeds` name to the table `links` of `run`; return what tells
    this crawl from others.

    See `toolkit.sources.web.crawl` for what is read. Each page is written down once it was read, in a file a site, so
    that a crawl that was killed asks no page again that it knows; the order is that of the sites, whatever was faster.
    Raises RunError where the crawl of `run` is another one.
    """
    said = hashlib.blake2b("\n".join(seeds).encode("utf-8", "replace"), digest_size=16).hexdigest()
    arguments = {
        "seeds": len(seeds), "first": list(seeds[:20]), "hash": said, "depth": recipe.depth,
        "most_pages": recipe.most_pages,
    }  # fmt: skip
    entry = run.stages.get(STAGE)
    if (entry is None and run.stages) or (entry is not None and entry["arguments"] != arguments):
        raise RunError(
            f"{run.path} was begun with other seeds, another --depth or --most-pages, or no crawl; resume it with what "
            "it was begun with, or choose another --out"
        )
    folder = run.path / STAGE
    if entry is None or not entry["finished"]:
        with run.stage(STAGE, recipe=recipe.model_dump(mode="json"), arguments=arguments) as counts:
            sites, wrong = sites_of(seeds)
            folder.mkdir(exist_ok=True)
            asyncio.run(_Crawl(run, recipe, progress).all(sites))
            counts.update(_write_links(run, sites, wrong, recipe))
    shutil.rmtree(folder, ignore_errors=True)
    return arguments


class _Crawl:
    """Several sites at once, of each a page at a time."""

    def __init__(self, run: RunFolder, recipe: ScrapeRecipe, progress: Progress) -> None:
        self._run = run
        self._recipe = recipe
        self._progress = progress
        self._pages = 0

    async def all(self, sites: Sequence[Site]) -> None:
        """Walk over all `sites` whose walk has not ended."""
        done = self._run.marked(STAGE)
        waiting = (
            one for one in enumerate(sites) if shard_name(one[0]) not in done or not _file(self._run, one[0]).exists()
        )
        turns = Turns(shared_turns(None), self._recipe.per_host, self._recipe.delay)
        async with Fetcher(self._recipe.fetching(), turns) as fetcher:
            asking = _asking(self._recipe, fetcher, turns)
            try:
                async with asyncio.TaskGroup() as group:
                    for _ in range(min(_SITES_AT_ONCE, self._recipe.concurrency, len(sites))):
                        group.create_task(self._some(waiting, asking))
            except BaseExceptionGroup as failures:
                raise failures.exceptions[0] from None

    async def _some(self, sites: Iterator[tuple[int, Site]], asking: Asking) -> None:
        for number, site in sites:
            journal = Journal(_file(self._run, number))
            walk = walk_of(site, self._recipe.depth, self._recipe.most_pages)
            for known in journal.visits():
                walk.next()
                walk.take(known)
                self._count()
            while (waiting := walk.next()) is not None:
                journal.add(walk.take(await visit(waiting, site.name, asking)))
                self._count()
            self._run.mark(STAGE, number)

    def _count(self) -> None:
        self._pages += 1
        self._progress("pages", self._pages, 0)


def _asking(recipe: ScrapeRecipe, fetcher: Fetcher, turns: Turns) -> Asking:
    """Return how pages are asked: what owners say is looked up before each address, each redirect too."""
    manners = manners_of(recipe)
    permission = Permission(manners, fetcher.fetch, turns.slow_down)

    def check(head: Fetched) -> None:
        why = check_page(head)
        if why is not None:
            raise FetchFailure(class_of(why), why.partition(": ")[2])

    wanted = Wanted(permission.forbidden, check)

    async def page(url: str) -> Fetched:
        return (await fetcher.ask(url, wanted)).fetched

    async def sitemaps(url: str) -> list[str]:
        return await manners.robots.sitemaps(url, permission.fetch) if manners.settings.robots else []

    return Asking(page, sitemaps, manners.settings)


def _write_links(
    run: RunFolder, sites: Sequence[Site], wrong: Sequence[ImageLink], recipe: ScrapeRecipe
) -> dict[str, Any]:
    """Write what the journals of `sites` hold as shards of links; return the counts of the crawl."""
    for path in run.shards(TABLE):  # of a crawl that was killed while it wrote them
        run.remove_shard(TABLE, path.stem)
    tally = _Tally()
    links = tally.links(run, sites, wrong, recipe)
    number = 0
    while some := list(islice(links, _SHARD_ROWS)):
        run.write_shard(TABLE, number, table_of_links(some))
        number += 1
    return tally.counts(len(sites))


class _Tally:
    """Goes through the journals, and counts what it sees."""

    def __init__(self) -> None:
        self._read = self._links = self._deepest = 0
        self._was_cut = False
        self._unread: Counter[str] = Counter()
        self._ended: Counter[str] = Counter()

    def links(
        self, run: RunFolder, sites: Sequence[Site], wrong: Sequence[ImageLink], recipe: ScrapeRecipe
    ) -> Iterator[ImageLink]:
        """Yield the links of all sites, of each every address once, then those that are `wrong`."""
        for number, site in enumerate(sites):
            walk = walk_of(site, recipe.depth, recipe.most_pages)
            self._was_cut = walk.was_cut
            for link in self._of_site(_file(run, number)):
                self._links += 1
                yield link
            self._ended["most_pages" if self._was_cut else "all_read"] += 1
        self._links += len(wrong)
        yield from wrong

    def _of_site(self, path: Path) -> Iterator[ImageLink]:
        pictures: set[bytes] = set()
        for visited in Journal(path).visits():
            self._see(visited)
            for link in visited.links:
                name = hashlib.blake2b(link.url.encode("utf-8", "surrogatepass"), digest_size=8).digest()
                if link.error is None and name in pictures:
                    continue
                if len(pictures) >= _MOST_REMEMBERED:
                    pictures.clear()
                pictures.add(name)
                yield link

    def _see(self, visited: Visit) -> None:
        self._was_cut = self._was_cut or visited.was_cut
        if visited.kind == "page" and visited.was_read:
            self._read += 1
            self._deepest = max(self._deepest, visited.depth)
        elif not visited.was_read and visited.links:
            self._unread[class_of((visited.links[0].error or "").removeprefix("page: "))] += 1

    def counts(self, sites: int) -> dict[str, Any]:
        """Return how many pages were read of how many `sites`, how many were not and why, how many links from a seed
        the deepest was, how many links were found, and for how many sites the walk ended because all was read, or
        because of `most_pages`."""
        return {
            "sites": sites, "pages": self._read, "not_read": dict(sorted(self._unread.items())),
            "depth": self._deepest, "links": self._links, "ended": dict(sorted(self._ended.items())),
        }  # fmt: skip


def _file(run: RunFolder, number: int) -> Path:
    return run.path / STAGE / f"site-{number:05d}.jsonl"
