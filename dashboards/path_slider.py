"""A way from snow to picture, under a slider: a step at a time, and all of them in a row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from dashboards.choices import choose
from dashboards.reveals import is_revealed, offer, show_problem_of_reveal
from dashboards.runs import Listed
from dashboards.tiles import Tile, attribute, show_problem, show_text, show_tiles
from toolkit.images import encode_png
from toolkit.report.paths import KeptPath, read_path
from toolkit.report.pictures import blurred_thumbnail, data_uri, thumbnail

SIDE = 256
SMALL = 112


def show_path(chosen: Listed, kept: Sequence[KeptPath], column: st.delta_generator.DeltaGenerator) -> None:
    """Show one of the paths that the run `chosen` has `kept`: the step that the slider is at, and every step below.

    The choice of the path stands in `column`.
    """
    named = _named(kept)
    with column:
        name = choose("Path", list(named), key="path")
    path = None if name is None else named[name]
    strip = None if path is None else read_path(chosen.run, path)
    if path is None or strip is None:
        show_problem("The frames of this path cannot be read any more; paint again with --path-every.")
        return
    hidden = path.veil is not None and not is_revealed(chosen, path.name)
    if path.veil is not None:
        show_problem_of_reveal()
        show_text(f"{'Blurred' if hidden else 'Shown on request'}: {path.veil}.")
        offer(chosen, path.name, path.veil, "request_id")
    make = blurred_thumbnail if hidden else thumbnail
    pngs = [encode_png(frame) for frame in strip.frames]
    place = st.select_slider(
        "Step", range(len(pngs)), value=len(pngs) - 1, format_func=strip.labels.__getitem__, key=f"step of {name}"
    )
    words = attribute(f"{name}: {strip.labels[place]}")
    look = f"width:{SIDE}px;height:{SIDE}px;object-fit:contain;image-rendering:pixelated;background:#fff"
    large = make(pngs[place], SIDE) if hidden else thumbnail(pngs[place], SIDE, quality=90)
    st.html(f'<img src="{data_uri(large)}" alt="{words}" style="{look}">')
    small = [data_uri(make(png, SMALL)) for png in pngs]
    show_tiles([Tile(uri, label, ()) for uri, label in zip(small, strip.labels, strict=True)])


def _named(kept: Sequence[KeptPath]) -> dict[str, KeptPath]:
    """Return paths by the words that they are chosen by, each another's."""
    found: dict[str, KeptPath] = {}
    for path in kept:
        words = f"{path.caption} (real)" if path.noised else path.caption
        found[words if words not in found else f"{words} ({Path(path.file).stem[:8]})"] = path
    return found
