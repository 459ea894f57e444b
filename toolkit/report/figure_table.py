"""Any figure of the measures table as cells of a table: the group that it is of, its interval, how sure it is."""

from __future__ import annotations

from toolkit.report.measured import RAW, Row, is_census
from toolkit.report.wording import NUMBERS, POINTS, figure_of, floor_of, plain_name, q_value, several

HEADER = ("Group", "Figure", "Corrected", "By chance", "q", "Held against", "Abstained")
PARTS = ("share", "intersection_share", "own_prompt_nearest", "agreement")
STEPS = frozenset({"ledger_raw", "ledger_kept", "ledger_captions", "ledger_generated"})


def figure_cells(row: Row) -> tuple[str, ...]:
    """Return a row of measures as cells under `HEADER`: its figure in its own unit with interval and n, or why there is
    none."""
    corrected = "no" if row["correction"] == RAW else plain_name(row["correction"])
    floor = "" if row["floor"] is None else _floor(row)
    sure = "a census" if is_census(row) else "" if row["q"] is None else q_value(row["q"])
    abstained = "" if row["abstained"] is None else f"{row['abstained']:,}"
    return several(row["group"]), figure_in_words(row), corrected, floor, sure, str(row["reference"] or ""), abstained


def figure_in_words(row: Row) -> str:
    """Return "12 % [9, 16] of 400" of a share, "+5 points [1, 9] of 400" of a difference of shares, and a bare number
    of any other measure; or why there is none."""
    figures = (row["value"], row["low"], row["high"], row["n"])
    if row["value"] is None:
        return f"not measurable: {row['not_measurable'] or 'no value'}"
    if _is_share(row["measure"]) or row["measure"] in POINTS | NUMBERS:
        return figure_of(row["measure"], *figures)
    ends = "" if None in figures[1:3] else f" [{row['low']:.3g}, {row['high']:.3g}]"
    return f"{row['value']:.3g}{ends}" + ("" if row["n"] is None else f" of {row['n']:,}")


def _floor(row: Row) -> str:
    if _is_share(row["measure"]) or row["measure"] in POINTS | NUMBERS:
        return floor_of(row["measure"], row["floor"])
    return f"{row['floor']:.3g}"


def _is_share(measure: str) -> bool:
    return measure.startswith(PARTS) or measure in STEPS
