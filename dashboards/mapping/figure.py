"""The map as a chart of Plotly: a dot a picture, with a lasso, a box and clicks to select."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from toolkit.report.map_layout import Layout
from toolkit.report.map_split import Hue
from toolkit.report.palette import GREY
from toolkit.report.wording import percent

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from dashboards.mapping.selection import Selection

HEIGHT = 640
LONGEST_CAPTION, LINE = 160, 60  # characters of a caption that hovers, and of a line of it
LARGE, SMALL, MANY = 8, 5, 4_000  # px of a dot, and of one among many
FAINT = 0.12  # opacity of what is not selected
CONFIG = {"displayModeBar": True}  # the buttons, which stand there from the start
_LINES = re.compile(rf".{{1,{LINE}}}(?: |$)|.{{{LINE}}}")  # broken between words, or within one that is longer


def map_figure(
    layout: Layout,
    values: Sequence[str],
    hues: Mapping[str, Hue],
    hover: Sequence[str],
    found: NDArray[np.bool_],
    drawn: Selection,
) -> go.Figure:
    """Return the dots of a `layout`, each in the hue of its value and with what it says under the mouse.

    Those not `found` by words are faint. The region or the picture of `drawn` is selected.
    """
    import plotly.graph_objects as go

    named = [hues[value].name for value in values]
    figure = go.Figure()
    if not found.all():
        figure.add_trace(_dots(layout, ~found, Hue("without these words", GREY, "circle"), None, opacity=FAINT))
    ranks = {hue: rank for rank, hue in enumerate(dict.fromkeys(hues.values()))}
    for hue in sorted(ranks, key=lambda one: (one.colour != GREY, ranks[one])):  # the rarest are drawn last, on top
        these = found & np.array([one == hue.name for one in named])
        if these.any():
            figure.add_trace(_dots(layout, these, hue, hover, picked=drawn.place).update(legendrank=ranks[hue]))
    figure.update_layout(**_frame(layout))
    if drawn.region is not None:
        corners = "L".join(f"{x},{y}" for x, y in drawn.region.tolist())
        figure.add_selection(type="path", path=f"M{corners}Z", xref="x", yref="y")
    return figure


def hover_texts(lines: Sequence[Sequence[str]]) -> list[str]:
    """Return what hovers over each dot: its caption first, in bold; nothing in it is read as markup.

    Plotly reads some tags of HTML there, so that what comes from tables is escaped, but for quotes, which it would show
    as entities.
    """
    return [_hover(*one) for one in lines]


def _hover(caption: str, *rest: str) -> str:
    short = caption if len(caption) <= LONGEST_CAPTION else caption[: LONGEST_CAPTION - 1] + "…"
    lines = _LINES.findall(" ".join(short.split()))
    said = [f"<b>{escape(line, quote=False)}</b>" for line in lines] + [escape(one, quote=False) for one in rest if one]
    return "<br>".join(said)


def _dots(
    layout: Layout,
    these: NDArray[np.bool_],
    hue: Hue,
    hover: Sequence[str] | None,
    *,
    picked: int | None = None,
    opacity: float = 0.8,
) -> Any:
    import plotly.graph_objects as go

    places = np.flatnonzero(these)
    at = None if picked is None else np.flatnonzero(places == picked).tolist()
    return go.Scattergl(
        x=layout.points[places, 0],
        y=layout.points[places, 1],
        mode="markers",
        name=escape(hue.name, quote=False),
        customdata=places.astype(np.int32),
        hovertext=None if hover is None else [hover[place] for place in places],
        hoverinfo="skip" if hover is None else "text",
        marker={
            "color": hue.colour,
            "symbol": hue.shape,
            "size": SMALL if len(layout.points) > MANY else LARGE,
            "opacity": opacity,
        },
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": FAINT}},
        selectedpoints=at,
    )


def _frame(layout: Layout) -> dict[str, Any]:
    """Return the look around the dots: axes to one scale, without figures, which would mean nothing."""
    axis = {"showgrid": False, "zeroline": False, "showticklabels": False, "range": [-1.06, 1.06]}
    titles = ("", "")
    if layout.carried is not None:
        ways = zip(("first", "second"), layout.carried, strict=True)
        titles = tuple(f"{way} direction, {percent(share)} of the variance" for way, share in ways)
    return {
        "height": HEIGHT,
        "margin": {"l": 30, "r": 60, "t": 10, "b": 40},
        "dragmode": "lasso",
        "hovermode": "closest",
        "hoverlabel": {"align": "left"},
        "modebar": {"orientation": "v"},  # beside the legend, not over it
        "legend": {"itemsizing": "constant", "orientation": "h", "y": 1.02, "yanchor": "bottom"},
        "xaxis": axis | {"title": {"text": titles[0]}},
        "yaxis": axis | {"title": {"text": titles[1]}, "scaleanchor": "x"},
    }
