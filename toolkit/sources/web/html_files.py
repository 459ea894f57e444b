"""Pages saved as files: one, or all below a folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from toolkit.errors import SourceError
from toolkit.sources.web.links import ImageLink, failed_link
from toolkit.sources.web.manners.settings import ALL_OBEYED, MannersSettings
from toolkit.sources.web.page import links_of_page
from toolkit.sources.web.page_events import LARGEST_PAGE

HTML_SUFFIXES = (".html", ".htm", ".xhtml")


def read_html_files(paths: Iterable[str | Path], settings: MannersSettings = ALL_OBEYED) -> Iterator[ImageLink]:
    """Yield the pictures that the pages in `paths` name: files, and folders with all .html, .htm and .xhtml below them,
    in the order of their names. A page's address is what it says itself: rel=canonical, else <base>.

    A file that cannot be read is a link with an `error`. Raises SourceError where a path is not there, or a folder
    holds no page.
    """
    for given in paths:
        path = Path(given)
        for page in _pages(path):
            name = page.name if page == path else page.relative_to(path).as_posix()
            try:
                with page.open("rb") as file:
                    body = file.read(LARGEST_PAGE)
            except OSError as error:
                yield failed_link(name, f"unreadable: {name} ({error.strerror})")
                continue
            for link in links_of_page(body, None, settings=settings):
                yield link._replace(key=f"{name}#{link.key}")


def _pages(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise SourceError(f"{path} does not exist; expected a page of HTML, or a folder of them")
    found = sorted(one for one in path.rglob("*") if one.suffix.lower() in HTML_SUFFIXES and one.is_file())
    if not found:
        raise SourceError(f"{path} holds no {', '.join(HTML_SUFFIXES)}; expected a page of HTML, or a folder of them")
    return found
