"""Map: every picture that has an embedding as a dot, and the pictures under a lasso."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboards import data
from dashboards.choices import choose, search
from dashboards.mapping.gallery import show_selected, show_split
from dashboards.mapping.layouts import layout_of, map_of
from dashboards.mapping.selection import Selection, clear, drawn_with, follow, selected
from dashboards.runs import Listed
from dashboards.tiles import show_problem, show_text
from toolkit.errors import RunError
from toolkit.report.map_layout import LAYOUTS, MAIN_DIRECTIONS, NEAREST, Layout
from toolkit.report.map_pictures import CONCEPT, CURATION, STATUS, SUBJECT, Mapped, attributes_of, networks_of
from toolkit.report.map_split import hues
from toolkit.report.wording import count, percent

if TYPE_CHECKING:
    import plotly.graph_objects as go

FIGURES_KEPT = 4
LEGEND = (
    "Draw around dots with the lasso, or with the box (buttons at the top right of the map), to see their pictures; a "
    "click on a dot shows its picture while panning. The box of words finds pictures by keyboard. Colours and shapes "
    "say the same."
)
NO_EMBEDDINGS = (
    "has no embeddings of pictures, nor does a run that it was made from. An audit keeps those that its annotators "
    "read, with `annotators: [clip]` in its recipe; `tain curate` makes those of all pairs with "
    '`pairing: {model: "zoo:clip"}`. Choose such a run.'
)


def show(chosen: Listed) -> None:
    """Show the pictures of the run `chosen` as a map, and those that are selected on it."""
    st.title("Map")
    networks = networks_of(chosen.run)
    if not networks:
        show_problem(f"{chosen.name} {NO_EMBEDDINGS}")
        return
    labels = data.audited(chosen).labels
    columns = st.columns(4)
    with columns[0]:
        layout = choose("Layout", LAYOUTS, key="layout") or MAIN_DIRECTIONS
    with columns[1]:
        by = choose("Colour by", [SUBJECT, STATUS, CONCEPT, *attributes_of(labels)], key="colour") or SUBJECT
    with columns[2]:
        words = search("Caption holds", key="words").casefold()
    network = networks[0]
    if len(networks) > 1:
        with columns[3]:
            names = _names(networks)
            network = choose("Embeddings of", networks, key="network", shown=names.__getitem__) or network
    try:
        found = map_of(chosen, network)
        laid = layout_of(chosen, network, layout)
    except RunError as error:
        show_problem(f"{str(error).rstrip('.')}.")
        return
    _show_counts(found, laid)
    values = {one: found.told(one, labels) for one in dict.fromkeys((by, SUBJECT, STATUS))}
    captions = found.pictures["caption"].to_pylist()
    spoken = np.array([words in one.casefold() for one in captions], np.bool_)
    view = (str(chosen.path), network, layout)
    now = selected(found, view)
    _show_map(found, laid, by, values[by], spoken, now, look=(*view, chosen.version, by, words))
    taken = now.holds(laid.points) & spoken
    if now.empty and not words:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        show_text(f"{count(int(taken.sum()), 'picture')} of {len(taken):,} selected", kind="strong")
        if not now.empty:
            st.button("Clear the selection", on_click=clear)
    show_split(values, taken)
    show_selected(chosen, found, laid.points, taken)


def _names(networks: list[str]) -> dict[str, str]:
    """Return what each of `networks` is called; by its fingerprint only where an audit used several."""
    several = len(set(networks) - {CURATION}) > 1
    names = {one: f"audit: painted and data{f' ({one[:8]})' if several else ''}" for one in networks}
    return names | {CURATION: "curation: all pairs"}


def _show_counts(found: Mapped, laid: Layout) -> None:
    """Say how many of the pictures are on the map, and how far it can be believed."""
    number = found.pictures.num_rows
    which = f"All {count(number, 'picture')} that have an embedding."
    if number < found.total:
        which = (
            f"{number:,} of {count(found.total, 'picture')} that have an embedding: of each model and concept, and of "
            "each source and status, as many as its size says, and a few at least."
        )
    kept = f"Of the nearest {NEAREST} of a picture {percent(laid.kept)} are among its nearest {NEAREST} on this map"
    if laid.carried is None:
        show_text(which, f"{kept}; how far apart groups lie, and how large they look, says nothing.")
    else:
        show_text(which, f"{kept}; the two directions carry {percent(sum(laid.carried))} of the variance.")


def _show_map(
    found: Mapped,
    laid: Layout,
    by: str,
    values: list[str],
    spoken: NDArray[np.bool_],
    now: Selection,
    *,
    look: tuple[str | int, ...],
) -> None:
    """Show the map as it looks by the run and its state, the layout, colours and words in `look`."""
    from dashboards.mapping.figure import CONFIG, hover_texts, map_figure

    drawn, key = drawn_with(now, *look)

    def draw() -> go.Figure:
        facts: dict[str, list[Any]] = found.pictures.select(["caption", SUBJECT, STATUS, CONCEPT]).to_pydict()
        columns = list(facts.values()) if by in facts else [*facts.values(), values]
        return map_figure(laid, values, hues(values), hover_texts(list(zip(*columns, strict=True))), spoken, drawn)

    def follow_hand() -> None:
        follow(st.session_state[key], found)

    words = f"Map of {count(len(values), 'picture')} in colours by {by}; the box of words finds the same pictures"
    st.plotly_chart(
        _figure(look, drawn.text, draw),
        key=key,
        on_select=follow_hand,
        selection_mode=("points", "box", "lasso"),
        config=CONFIG,
        alt=words,
    )
    st.caption(LEGEND)


@st.cache_resource(max_entries=FIGURES_KEPT, show_spinner=False)
def _figure(look: tuple[str | int, ...], selected_text: str, _draw: Callable[[], go.Figure]) -> go.Figure:
    """Return the chart of a look, drawn once: 20,000 dots take a while."""
    return _draw()
