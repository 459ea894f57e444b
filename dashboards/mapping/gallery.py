"""The pictures that are selected on the map, and what they are made of beside the whole map."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dashboards import data
from dashboards.choices import turn_pages
from dashboards.reveals import show_pairs, show_samples
from dashboards.runs import Listed
from dashboards.tiles import Tile, show_table, show_text
from toolkit.report.map_layout import Points
from toolkit.report.map_pictures import CONCEPT, SAMPLE, STATUS, SUBJECT, Mapped
from toolkit.report.map_split import HEADER, split, split_cells
from toolkit.report.tiles import words_under
from toolkit.report.wording import count

PICTURES_A_PAGE = 48
MOST_ROWS = 12
INTERVALS = "Shares of the selected come with 95 % Wilson intervals, as if so many pictures had been drawn at random."


def show_split(values: dict[str, Sequence[str]], taken: NDArray[np.bool_]) -> None:
    """Show what the pictures that are `taken` hold of each of `values`, by their name, beside the whole map."""
    for by, each in values.items():
        parts = split(each, taken.tolist())
        show_table((by, *HEADER), split_cells(parts)[:MOST_ROWS])
        if len(parts) > MOST_ROWS:
            show_text(f"And {count(len(parts) - MOST_ROWS, 'value')} more.")
    show_text(INTERVALS)


def show_selected(chosen: Listed, found: Mapped, points: Points, taken: NDArray[np.bool_]) -> None:
    """Show the pictures that are `taken`, a page at a time, from the middle of the selection outwards."""
    places = np.flatnonzero(taken)
    if not len(places):
        return
    away = np.square(points[places] - points[places].mean(axis=0)).sum(axis=1)
    places = places[np.lexsort((places, away))]
    page = places[turn_pages(len(places), PICTURES_A_PAGE)]
    labels = data.audited(chosen).labels
    rows = found.pictures.take(page).to_pylist()
    for is_painted, show in ((True, show_samples), (False, show_pairs)):
        tiles = []
        for row in rows:
            if (row["kind"] == SAMPLE) == is_painted:
                said = words_under(labels.get((row["kind"], row["subject_id"]), []))
                lines = (*said, *dict.fromkeys((row[SUBJECT], row[STATUS], row[CONCEPT])))
                tiles.append((row["subject_id"], Tile(None, row["caption"], lines)))
        if tiles:
            show(chosen, tiles)
