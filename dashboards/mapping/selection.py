"""What is selected on the map: a region drawn by hand or one picture clicked on, in the address of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from toolkit.report.map_layout import Points
from toolkit.report.map_pictures import Mapped
from toolkit.report.map_region import inside, region_of, region_text, rounded_region

REGION, PICTURE, PAGE = "region", "picture", "page"  # of the address
# Of a visit's state: the view that a selection belongs to, what the chart was last drawn with, what hands selected in
# it since, and how often it was cleared.
_VIEW, _DRAWN, _BY_HAND, _CLEARED = "map view", "map drawn", "map by hand", "map cleared"


class Selection(NamedTuple):
    """A `region` (corners, 2), or the `place` of one picture among those on the map; None and None for neither.

    `text` is what the address says of it.
    """

    region: NDArray[np.float64] | None = None
    place: int | None = None
    text: str = ""

    def holds(self, points: Points) -> NDArray[np.bool_]:
        """Return which of `points` (n, 2) are selected; all of them where nothing was."""
        if self.region is not None:
            return inside(points.astype(np.float64), self.region)
        if self.place is not None:
            return np.arange(len(points)) == self.place
        return np.ones(len(points), np.bool_)

    @property
    def empty(self) -> bool:
        """Whether nothing was selected."""
        return self.region is None and self.place is None


def selected(found: Mapped, view: tuple[str, ...]) -> Selection:
    """Return what is selected in a `view`, by the address or by hand, and have the address say it.

    What an address says that is neither a region nor a picture is ignored. In another view pictures lie elsewhere, so
    that a selection does not outlast its own.
    """
    state = st.session_state
    if state.get(_VIEW, view) != view:
        forget()
    state[_VIEW] = view
    region = region_of(state.get(REGION, st.query_params.get(REGION)))
    picture = state.get(PICTURE, st.query_params.get(PICTURE))
    place = _place(found, picture) if region is None else None
    for key, text in ((REGION, None if region is None else region_text(region)), (PICTURE, picture)):
        if text is None or (key == PICTURE and place is None):
            state.pop(key, None)
            st.query_params.pop(key, None)
        else:
            state[key] = st.query_params[key] = text
    return Selection(region, place, str(state.get(REGION) or state.get(PICTURE) or ""))


def _place(found: Mapped, picture: str | None) -> int | None:
    kind, _, name = (picture or "").partition("/")
    keys = found.ids()
    return keys.index((kind, name)) if (kind, name) in keys else None


def follow(event: Mapping[str, Any], found: Mapped) -> None:
    """Take over what hands selected in the chart: a lasso, a box, a click on a dot, or nothing any more."""
    chosen = event["selection"]
    forget()
    drawn = [*chosen["lasso"], *(_corners(one) for one in chosen["box"])]
    region = rounded_region(drawn[-1]["x"], drawn[-1]["y"]) if drawn else None
    if region is not None:
        st.session_state[REGION] = region_text(region)
    elif not drawn and chosen["points"]:
        kind, name = found.ids()[_customdata(chosen["points"][-1])]
        st.session_state[PICTURE] = f"{kind}/{name}"
    if len(drawn) <= 1:  # of several outlines the last counts, so that the chart is to be drawn anew with that alone
        st.session_state[_BY_HAND] = st.session_state.get(REGION) or st.session_state.get(PICTURE) or ""


def _customdata(point: Mapping[str, Any]) -> int:
    value = point["customdata"]
    return int(value[0] if isinstance(value, list) else value)


def _corners(box: Mapping[str, Any]) -> dict[str, list[float]]:
    (left, right), (top, bottom) = box["x"], box["y"]
    return {"x": [left, right, right, left], "y": [top, top, bottom, bottom]}


def forget() -> None:
    """Select nothing, and begin with the first page of the gallery."""
    for key in (REGION, PICTURE):
        st.session_state.pop(key, None)
        st.query_params.pop(key, None)
    for key in (_BY_HAND, PAGE):
        st.session_state.pop(key, None)
    st.query_params.pop(PAGE, None)


def clear() -> None:
    """Select nothing, also in the chart, which is drawn anew."""
    forget()
    st.session_state[_CLEARED] = st.session_state.get(_CLEARED, 0) + 1


def drawn_with(now: Selection, *look: str | int) -> tuple[Selection, str]:
    """Return the selection that the chart of a `look` is drawn with, and the key of the chart.

    As long as hands select in it, it stays as it was: it shows what they drew by itself, where they are zoomed to.
    """
    state = st.session_state
    key = f"map {state.get(_CLEARED, 0)}"
    kept = state.get(_DRAWN)
    if kept is not None and kept[0] == (key, *look) and state.get(_BY_HAND) == now.text:
        return kept[1], key
    state[_DRAWN] = ((key, *look), now)
    return now, key
