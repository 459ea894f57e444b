"""The one place that names who reads the links and who keeps the manners."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from pathlib import Path

from toolkit.scrape.recipe import ScrapeRecipe
from toolkit.sources.web.html_files import HTML_SUFFIXES, read_html_files
from toolkit.sources.web.links import ImageLink
from toolkit.sources.web.manners import Manners, MannersSettings
from toolkit.sources.web.sitemaps import links_of_sitemap_file
from toolkit.sources.web.url_lists import read_url_list
from toolkit.sources.web.warc import read_warc
from toolkit.sources.web.wat import read_wat


def links_of(source: Path, recipe: ScrapeRecipe) -> Generator[ImageLink]:
    """Yield the links that `source` holds, in order: a list of addresses, an HTML file or a folder of them, a WARC, a
    WAT, a sitemap, each by the end of its name. One whose page has opted out says so. Raises SourceError.
    """
    manners = manners_of(recipe)
    yield from unless_opted_out(_read(source, manners), manners)


def unless_opted_out(links: Iterable[ImageLink], manners: Manners) -> Iterator[ImageLink]:
    """Yield `links`, those whose page has opted out with their refusal."""
    for link in links:
        page = None if link.refusal or link.page_url is None else manners.refusal_of_page(link.page_url)
        yield link if page is None else link._replace(refusal=page)


def _read(source: Path, manners: Manners) -> Iterator[ImageLink]:
    name = source.name.lower().removesuffix(".gz")
    if source.is_dir() or name.endswith(HTML_SUFFIXES):
        return read_html_files([source], manners.settings)
    if name.endswith(".wat"):
        return read_wat(source, manners.settings)
    if name.endswith(".warc"):
        return read_warc(source, manners.settings)
    if name.endswith(".xml"):
        return links_of_sitemap_file(source)
    return read_url_list(source)


def manners_of(recipe: ScrapeRecipe) -> Manners:
    """Return who is asked before an address is, and after it answered."""
    return Manners(MannersSettings(**recipe.manners.model_dump()))
