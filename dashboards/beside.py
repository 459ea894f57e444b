"""Pictures two by two, of one run or of two: blurred ones are shown sharp one by one, on a click that is written
down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

from dashboards import data
from dashboards.reveals import is_revealed, offer, show_problem_of_reveal
from dashboards.runs import Listed
from dashboards.thumbnails import pair_uris, sample_uris
from dashboards.tiles import Tile, show_twins

SAMPLE = "sample"
IN_A_ROW = 2
SIDES = ("left", "right")


class Half(NamedTuple):
    """One picture of two: the run that it is of, its `kind` (sample, pair or dropped), its id, and a tile without its
    URI."""

    chosen: Listed
    kind: str
    name: str
    tile: Tile


class _Seen(NamedTuple):
    """The address of a picture, None where it cannot be shown, and why it is blurred, None where it is not."""

    uri: str | None
    veil: str | None


def show_beside(pairs: Sequence[tuple[Half, Half]], *, part: str) -> None:
    """Show `pairs` of pictures: first those that all may see, then those with a blurred picture, each with a button.
    `part` of the page keeps its buttons apart from those of another, which may show the same pictures; of one part a
    picture's button stands once."""
    seen = _seen([half for pair in pairs for half in pair])
    show_problem_of_reveal()
    plain, hidden = [], []
    for pair in pairs:
        (plain if all(seen[_key(half)].veil is None for half in pair) else hidden).append(pair)
    if plain:
        show_twins([(_tile(one, seen), _tile(two, seen)) for one, two in plain])
    offered: set[tuple[str, str, str]] = set()
    for start in range(0, len(hidden), IN_A_ROW):
        for column, pair in zip(st.columns(IN_A_ROW), hidden[start : start + IN_A_ROW], strict=False):
            with column:
                show_twins([(_tile(pair[0], seen), _tile(pair[1], seen))])
                for side, half in zip(SIDES, pair, strict=True):
                    uri, veil = seen[_key(half)]
                    if uri is not None and veil is not None and _key(half) not in offered:
                        key = "request_id" if half.kind == SAMPLE else "sample_id"
                        offer(half.chosen, half.name, veil, key, which=f"the {side} one", part=part)
                        offered.add(_key(half))


def _seen(halves: Sequence[Half]) -> dict[tuple[str, str, str], _Seen]:
    """Return how each of `halves` is shown, read together for each run and table."""
    together: dict[tuple[str, bool], list[Half]] = {}
    for one in halves:
        together.setdefault((str(one.chosen.path), one.kind == SAMPLE), []).append(one)
    found = {}
    for (_, painted), some in together.items():
        chosen, names = some[0].chosen, list(dict.fromkeys(one.name for one in some))
        veils = data.veils_of_samples(chosen) if painted else data.veils_of(chosen, names)
        revealed = [name for name in names if is_revealed(chosen, name)]
        uris = (sample_uris if painted else pair_uris)(
            chosen.run, chosen.version, names, veiled=veils, revealed=revealed
        )
        found |= {_key(one): _Seen(uris.get(one.name), veils.get(one.name)) for one in some}
    return found


def _key(half: Half) -> tuple[str, str, str]:
    return str(half.chosen.path), half.kind, half.name


def _tile(half: Half, seen: dict[tuple[str, str, str], _Seen]) -> Tile:
    uri, veil = seen[_key(half)]
    said = "shown on request" if is_revealed(half.chosen, half.name) else "blurred"
    return half.tile._replace(uri=uri, lines=(*half.tile.lines, *([] if veil is None else [f"{said}: {veil}"])))
