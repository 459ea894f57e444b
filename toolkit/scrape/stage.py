"""The scrape stage: links to a run folder with the table `pairs`, one row a link whatever became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from toolkit.errors import RunError, SourceError
from toolkit.path_hashes import HashedPath, hash_path
from toolkit.progress import Progress, silent
from toolkit.recipe import load_recipe
from toolkit.scrape.crawling import crawl_sites
from toolkit.scrape.crew import work_through
from toolkit.scrape.jobs import Job, mended_shards, new_shards
from toolkit.scrape.joined import links_of, manners_of, unless_opted_out
from toolkit.scrape.link_rows import links_of_run
from toolkit.scrape.recipe import ScrapeRecipe
from toolkit.scrape.worker import STAGE
from toolkit.sources.web.crawl import sites_of
from toolkit.sources.web.failures import class_of
from toolkit.store import RunFolder, create_run, open_run

SHARD_ROWS = 256  # of photographs some 50 to 100 MB
RecipeLike = ScrapeRecipe | Mapping[str, Any] | str | Path | None


def scrape(
    source: str | Path,
    out: str | Path,
    *,
    recipe: RecipeLike = None,
    workers: int = 1,
    resume: bool = False,
    shard_rows: int = SHARD_ROWS,
    progress: Progress = silent,
) -> RunFolder:
    """Return the run folder at `out` with the pictures that `source` names: a list of addresses, pages,
    an archive of them or a sitemap (see `toolkit.scrape.joined`).

    Row i of the pairs is link i of it, whatever `workers` (processes); its `error` says why there is no picture,
    as `class: detail` (see `toolkit.sources.web.failures`). Pictures are kept as they came. A kill loses at most the
    shards in hand, a few a worker. Raises SourceError, RecipeError, and RunError where `out` is in the way or `resume`
    finds a run of something else.
    """
    checked = load_recipe(ScrapeRecipe, recipe)
    path = Path(source)
    with closing(links_of(path, checked)) as links:
        next(links, None)  # what cannot be read is said before anything is made
    run = create_run(out, resume=resume)
    name = path.name.split(".")[0] or path.name
    arguments = {"source": name, "shard_rows": shard_rows}
    hashed = [HashedPath(path, hash_path(path))]

    def jobs(done: frozenset[int]) -> Iterator[Job]:
        return new_shards(links_of(path, checked), name, shard_rows, done)

    return _download(run, jobs, arguments, hashed, checked, workers, progress)


def scrape_sites(
    seeds: Sequence[str],
    out: str | Path,
    *,
    recipe: RecipeLike = None,
    workers: int = 1,
    resume: bool = False,
    shard_rows: int = SHARD_ROWS,
    progress: Progress = silent,
) -> RunFolder:
    """Return the run folder at `out` with the pictures that the pages of the sites of `seeds` name, as `scrape` does.

    `seeds` are addresses of pages, sites and sitemaps; `depth` and `most_pages` of the recipe say how far it goes (see
    `toolkit.sources.web.crawl`). The links are in the table `links` of the run before the first picture is asked for;
    a page that could not be read is a row with its reason. Raises SourceError where there is no seed.
    """
    checked = load_recipe(ScrapeRecipe, recipe)
    if not seeds:
        raise SourceError("there is no address to begin at; give one or more pages, sites or sitemaps")
    manners = manners_of(checked)
    run = create_run(out, resume=resume)
    crawled = crawl_sites(run, seeds, checked, progress)
    names = {site.name for site in sites_of(seeds)[0]}
    source = names.pop() if len(names) == 1 else "web"
    arguments = {"source": source, "shard_rows": shard_rows, "crawl": crawled["hash"]}

    def jobs(done: frozenset[int]) -> Iterator[Job]:
        return new_shards(unless_opted_out(links_of_run(run), manners), source, shard_rows, done)

    return _download(run, jobs, arguments, [], checked, workers, progress)


def _download(
    run: RunFolder,
    jobs: Callable[[frozenset[int]], Iterator[Job]],
    arguments: Mapping[str, Any],
    inputs: Sequence[HashedPath],
    recipe: ScrapeRecipe,
    workers: int,
    progress: Progress,
) -> RunFolder:
    """Return `run` with what became of `jobs`, which are told the shards that are done: nothing is done twice."""
    if _is_finished(run, arguments, [one.hash for one in inputs]):
        return run
    with run.stage(STAGE, recipe=recipe.model_dump(mode="json"), arguments=arguments, inputs=inputs) as counts:
        done = _kept_shards(run)
        counts.update(_write(run, jobs(done), done, recipe, workers, progress))
    return run


def retry_failed(
    old: str | Path | RunFolder,
    out: str | Path,
    *,
    recipe: RecipeLike = None,
    workers: int = 1,
    resume: bool = False,
    progress: Progress = silent,
) -> RunFolder:
    """Return a new run folder at `out` with the rows of the run `old`, those that failed and may heal asked again.

    All other rows are as they were. `recipe`: None for that of the old run. Raises RunError where `old` has no pairs,
    is unfinished, or `out` is in the way.
    """
    given = old if isinstance(old, RunFolder) else open_run(old, needs=["pairs"])
    entry = given.stages.get(STAGE)
    if entry is None or not entry["finished"]:
        raise RunError(f"{given.path} is no finished run of tain scrape; finish it with --resume, or give another")
    checked = load_recipe(ScrapeRecipe, entry["recipe"] if recipe is None else recipe)
    run = create_run(out, resume=resume)
    arguments = {**entry["arguments"], "retried": True}
    hashed = [HashedPath(given.path, given.content_hash())]
    return _download(run, lambda done: mended_shards(given, done), arguments, hashed, checked, workers, progress)


def recipe_of(run: str | Path) -> ScrapeRecipe:
    """Return the recipe by which the run at `run` was scraped. Raises RunError where it was not."""
    given = open_run(run)
    if STAGE not in given.stages:
        raise RunError(f"{run} is no run of tain scrape; give one to --retry-failed")
    stored: Mapping[str, Any] = given.stages[STAGE]["recipe"]
    return load_recipe(ScrapeRecipe, stored)


def _is_finished(run: RunFolder, arguments: Mapping[str, Any], hashes: list[str]) -> bool:
    """Return whether `run` holds this stage already. Raises RunError where it was begun with something else."""
    entry = run.stages.get(STAGE)
    if entry is None and (not run.stages or "crawl" in arguments):
        return False
    if entry is None or entry["arguments"] != arguments or [one["hash"] for one in entry["inputs"]] != hashes:
        raise RunError(
            f"{run.path} was begun with another list, or other rows a shard; resume it with what it was begun with, or "
            "choose another --out"
        )
    return bool(entry["finished"])


def _kept_shards(run: RunFolder) -> frozenset[int]:
    """Return the numbers of the shards that are complete; the leftovers of a kill are removed."""
    run.discard_unmarked(STAGE, ["pairs"])
    return frozenset(int(name.removeprefix("part-")) for name in run.marked(STAGE))


def _write(
    run: RunFolder,
    jobs: Iterator[Job],
    done: frozenset[int],
    recipe: ScrapeRecipe,
    workers: int,
    progress: Progress,
) -> dict[str, Any]:
    """Write the shards of `jobs` to `run`; return the counts of all that it holds."""
    rows = sum(run.read_one(path, ["sample_id"]).num_rows for path in run.shards("pairs")) if done else 0
    progress(STAGE, rows, 0)
    for finished in work_through(jobs, run, recipe, workers):
        rows += finished.rows
        progress(STAGE, rows, 0)
    return counts_of(run)


def counts_of(run: RunFolder) -> dict[str, Any]:
    """Return how many `rows` the pairs of `run` have, how many were `downloaded`, how many `failed`, by class."""
    failed: Counter[str] = Counter()
    rows = 0
    for table in run.scan("pairs", ["error"]) if run.has("pairs") else ():
        rows += table.num_rows
        failed.update(class_of(error) for error in table["error"].to_pylist() if error is not None)
    return {"rows": rows, "downloaded": rows - failed.total(), "failed": dict(sorted(failed.items()))}
