"""The pictures that a figure counts, under it: each with its labels and their probabilities."""

from __future__ import annotations

from collections.abc import Sequence

from dashboards.choices import turn_pages
from dashboards.reveals import show_pairs, show_samples
from dashboards.runs import Listed
from dashboards.tiles import Tile, show_text
from toolkit.report.counted import Counted
from toolkit.report.wording import count

PICTURES_A_PAGE = 48
ANY = "any"


def show_counted(
    chosen: Listed, behind: Sequence[Counted], read_as: str = ANY, *, key: str = "page", veil: str | None = None
) -> None:
    """Show those of `behind` that were read as `read_as`, a page at a time; `key` of the address is the page. With a
    `veil`, which says why, all are blurred until somebody asks."""
    matching = [one for one in behind if read_as in (ANY, one.told)]
    show_text(f"{count(len(matching), 'picture')} of {len(behind):,}")
    page = matching[turn_pages(len(matching), PICTURES_A_PAGE, key=key)]
    for kinds, show in ((("sample",), show_samples), (("pair", "dropped"), show_pairs)):
        some = [(one.picture.subject_id, _tile(one)) for one in page if one.picture.kind in kinds]
        if some:
            show(chosen, some, veil=veil)


def _tile(one: Counted) -> Tile:
    said = ("was not painted",) if one.picture.failed else tuple(label.words() for label in one.labels)
    dropped = ("dropped by curation",) if one.picture.kind == "dropped" else ()
    return Tile(None, one.picture.caption, (*said, *dropped))
