"""Two attributes read of the same pictures, as a table of cells: how often two values meet, and what is too few."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from toolkit.report.behind import AND
from toolkit.report.measured import ALL, RAW, Row, is_census, natural
from toolkit.report.subjects import DATA
from toolkit.report.wording import q_value

SHARE, EXCESS, DEPENDENCE = "intersection_share", "intersection_excess", "intersection_dependence"
SMALL = 10  # pictures of a cell, below which its figures are shown in grey


class Cell(NamedTuple):
    """Pictures that were read as `first` of one attribute and `second` of another: `pictures` of them.

    `share` is the row of how often both were read, `excess` that of how much more often than the two values' own shares
    say, None where the audit has none.
    """

    first: str
    second: str
    pictures: int
    share: Row
    excess: Row | None

    @property
    def small(self) -> bool:
        """Whether it rests on so few pictures that its figures say little."""
        return self.pictures < SMALL


class Crossed(NamedTuple):
    """Two attributes of one subject and slice, by two annotators: values of both in natural order, and every cell.

    `dependence` says how strongly they go together, or why that cannot be told.
    """

    firsts: tuple[str, ...]
    seconds: tuple[str, ...]
    cells: tuple[Cell, ...]
    dependence: Row | None


def crossings(rows: Sequence[Row]) -> list[Row]:
    """Return those of `rows` that say something about two attributes together, as annotators read them: models before
    datasets, and of each all concepts together last."""
    found = [row for row in rows if row["measure"] in (SHARE, EXCESS, DEPENDENCE) and row["correction"] == RAW]
    return sorted(found, key=lambda row: (row["subject"].startswith(DATA), row["subject"], row["slice"] == ALL))


def crossed(rows: Sequence[Row]) -> Crossed:
    """Return the table of `rows`, which are those of `crossings` of one subject, slice, attributes and annotators."""
    excess = {row["group"]: row for row in rows if row["measure"] == EXCESS}
    cells = []
    for row in rows:
        if row["measure"] == SHARE and row["value"] is not None:
            first, _, second = row["group"].partition(AND)
            count = round(row["value"] * row["n"])
            cells.append(Cell(first, second, count, row, excess.get(row["group"])))
    return Crossed(
        tuple(sorted({one.first for one in cells}, key=natural)),
        tuple(sorted({one.second for one in cells}, key=natural)),
        tuple(sorted(cells, key=lambda one: (natural(one.first), natural(one.second)))),
        next((row for row in rows if row["measure"] == DEPENDENCE), None),
    )


def together_in_words(row: Row) -> str:
    """Return how strongly two attributes go together, of a row of `intersection_dependence`, or why nobody knows."""
    if row["value"] is None:
        return f"Not measured: {row['not_measurable'] or 'no value'}."
    ends = "" if row["low"] is None else f" [{row['low']:.2f}, {row['high']:.2f}]"
    words = f"Cramér's V {row['value']:.2f}{ends} of {row['n']:,} pictures in which both could be told"
    if is_census(row):
        return f"{words}; a census, so without an interval."
    sure = "" if row["q"] is None else f"; {q_value(row['q'])}"
    return f"{words}; by chance {row['floor']:.2f}{sure}." if row["floor"] is not None else f"{words}{sure}."
