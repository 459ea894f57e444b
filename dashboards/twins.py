"""Pictures of one seed, side by side with what was read in each: of two runs, or without and with a word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from dashboards import data
from dashboards.beside import SAMPLE, Half, show_beside
from dashboards.choices import turn_pages
from dashboards.runs import Listed
from dashboards.tiles import Tile
from toolkit.report.measured import NOT_TOLD

if TYPE_CHECKING:
    from toolkit.audit.comparing.same_noise import Twins

TWINS_A_PAGE = 24
HERE, THERE = "here", "there"
ANY, GAINED, LOST = "any", "shown there alone", "shown here alone"


class Side(NamedTuple):
    """The run that pictures of one side are of, and what that side is called."""

    listed: Listed
    name: str


def matching(twins: Sequence[Twins], group: str, became: str) -> list[Twins]:
    """Return those of `twins` of which only the second shows `group` (`shown there alone`), or only the first, of those
    that could be told on both sides; all of them for `any`."""
    if became == ANY:
        return list(twins)
    told = [one for one in twins if one.before is not None and one.after is not None]
    if became == GAINED:
        return [one for one in told if one.after == group != one.before]
    return [one for one in told if one.before == group != one.after]


def show_same_seeds(left: Side, right: Side, twins: Sequence[Twins], ruler: tuple[str, str], *, key: str) -> None:
    """Show `twins` in pairs, a page at a time, each picture with the label that the annotator and attribute of `ruler`
    gave it; a blurred one has its button. `key` of the address is the page."""
    page = twins[turn_pages(len(twins), TWINS_A_PAGE, key=key)]
    if page:
        pairs = [
            (_half(left, one.first, one.prompts[0], ruler), _half(right, one.second, one.prompts[1], ruler))
            for one in page
        ]
        show_beside(pairs, part=key)


def _half(side: Side, name: str, prompt: str, ruler: tuple[str, str]) -> Half:
    labels = data.audited(side.listed).labels.get((SAMPLE, name), [])
    said = [one for one in labels if (one.annotator, one.attribute) == ruler]
    words = said[0].words() if said else NOT_TOLD
    return Half(side.listed, SAMPLE, name, Tile(None, prompt, (f"{side.name}: {words}",)))
