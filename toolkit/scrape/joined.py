"""The one place that names who reads the links and who keeps the manners."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from toolkit.scrape.manners import Manners
from toolkit.scrape.reading import read_url_list
from toolkit.scrape.recipe import ScrapeRecipe
from toolkit.sources.web.links import ImageLink


def links_of(source: Path) -> Iterator[ImageLink]:
    """Yield the links that `source` holds, in order. Raises SourceError."""
    return read_url_list(source)


def manners_of(recipe: ScrapeRecipe) -> Manners:
    """Return who is asked before an address is, and after it answered."""
    return Manners(recipe.user_agent())
