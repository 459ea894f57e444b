"""Heat map of two attributes together, whose cells can be clicked."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from toolkit.report.crossed import Cell
from toolkit.report.palette import OKABE_ITO
from toolkit.report.sections.section import signed
from toolkit.report.wording import percent, percent_of, tone_name

CELL = "cell"
SHARES, EXCESSES = "share", "points beyond chance"
BLUE, ORANGE = OKABE_ITO[5], OKABE_ITO[4]
NEARLY_WHITE, GREY, INK = "#f5f7f9", "#c4c8cc", "#111111"  # the ink is readable on each fill, in a dark page too


def heat_map(
    cells: Sequence[Cell], attributes: tuple[str, str], *, shown: str, selected: tuple[str, str]
) -> alt.LayerChart:
    """Return `cells` as a heat map: values of the first of `attributes` down, of the second across, coloured by their
    share or by how much that is beyond chance (`shown`). Cells of few pictures are grey, with their n; a frame is
    around the `selected` one.

    A click on a cell selects both of its values under the name "cell".
    """
    values = [_drawn(cell, shown, selected) for cell in cells]
    order = [list(dict.fromkeys(one[key] for one in values)) for key in ("first", "second")]
    words = alt.Axis(labelExpr="replace(datum.label, 'monk-', 'Monk ')", labelLimit=160, labelAngle=0)
    base = alt.Chart(alt.Data(values=values)).encode(
        y=alt.Y("first:N", sort=order[0], title=attributes[0], axis=words),
        x=alt.X("second:N", sort=order[1], title=attributes[1], axis=words),
    )
    tips = [
        alt.Tooltip("name:N", title="read as both"),
        alt.Tooltip("figure:N", title="share"),
        alt.Tooltip("beyond:N", title="points beyond chance"),
    ]
    pick = alt.selection_point(name=CELL, fields=["first", "second"])
    boxes = base.mark_rect(cursor="pointer", stroke="#ffffff", strokeWidth=1).encode(
        color=alt.condition("datum.small", alt.value(GREY), _colours(values, shown)), tooltip=tips
    )
    frame = base.transform_filter("datum.selected").mark_rect(filled=False, stroke=OKABE_ITO[1], strokeWidth=4)
    text = base.mark_text(color=INK, fontSize=13, lineBreak="\n", dy=-7, lineHeight=15).encode(text="text:N")
    framed = (frame,) if any(one["selected"] for one in values) else ()
    chart = alt.layer(boxes.add_params(pick), *framed, text)
    return chart.properties(height=alt.Step(56), width="container")


def _colours(values: Sequence[dict[str, object]], shown: str) -> alt.Color:
    largest = max((abs(float(str(one["colour"]))) for one in values if not one["small"]), default=0.0) or 0.01
    if shown == SHARES:
        scale = alt.Scale(domain=[0, largest], range=[NEARLY_WHITE, BLUE])
    else:
        scale = alt.Scale(domain=[-largest, 0, largest], range=[ORANGE, NEARLY_WHITE, BLUE])
    coloured = any(not one["small"] for one in values)
    return alt.Color("colour:Q", scale=scale, legend=alt.Legend(title=shown, format=".0%") if coloured else None)


def _drawn(cell: Cell, shown: str, selected: tuple[str, str]) -> dict[str, object]:
    share, beyond = cell.share["value"], None if cell.excess is None else cell.excess["value"]
    figure = percent(share) if shown == SHARES or beyond is None else f"{signed(beyond)} points"
    return {
        "first": cell.first,
        "second": cell.second,
        "name": f"{tone_name(cell.first)} & {tone_name(cell.second)}",
        "colour": share if shown == SHARES else beyond or 0.0,
        "small": cell.small,
        "selected": (cell.first, cell.second) == selected,
        "text": f"{figure}\nn = {cell.pictures:,}",
        "figure": percent_of(share, cell.share["low"], cell.share["high"], cell.share["n"]),
        "beyond": "" if beyond is None else signed(beyond),
    }
