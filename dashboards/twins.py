"""Pictures of one seed, side by side with what was read in each: of two runs, or without and with a word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from dashboards import data
from dashboards.choices import turn_pages
from dashboards.runs import Listed
from dashboards.thumbnails import sample_uris
from dashboards.tiles import Tile, show_twins
from toolkit.report.labels import Label
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
    gave it; a picture that is blurred elsewhere is blurred here too. `key` of the address is the page."""
    page = twins[turn_pages(len(twins), TWINS_A_PAGE, key=key)]
    ours = _tiles(left, [(one.first, one.prompts[0]) for one in page], ruler)
    theirs = _tiles(right, [(one.second, one.prompts[1]) for one in page], ruler)
    if page:
        show_twins([(ours[one.first], theirs[one.second]) for one in page])


def _tiles(side: Side, pictures: Sequence[tuple[str, str]], ruler: tuple[str, str]) -> dict[str, Tile]:
    names = [name for name, _ in pictures]
    veils = data.veils_of_samples(side.listed)
    uris = sample_uris(side.listed.run, side.listed.version, names, veiled=veils)
    labels = data.audited(side.listed).labels
    found = {}
    for name, prompt in pictures:
        said = [one for one in labels.get(("sample", name), []) if (one.annotator, one.attribute) == ruler]
        veil = (f"blurred: {veils[name]}; the gallery shows it on request",) if name in veils else ()
        found[name] = Tile(uris.get(name), prompt, (f"{side.name}: {_words(said)}", *veil))
    return found


def _words(said: Sequence[Label]) -> str:
    return said[0].words() if said else NOT_TOLD
