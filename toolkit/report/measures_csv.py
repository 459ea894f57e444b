"""The measures as CSV, for spreadsheets: a text that a spreadsheet would take for a formula stays a text."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from toolkit.schema import table_schema

CSV_FILE = "report/measures.csv"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def measures_csv(rows: list[dict[str, Any]]) -> bytes:
    """Return `rows` of the measures table as UTF-8 CSV with a header, in their order; null is an empty cell."""
    return csv_table(table_schema("measures").schema.names, rows)


def csv_table(names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the columns `names` of `rows` as UTF-8 CSV with a header; null is an empty cell, and no text a formula."""
    stream = io.StringIO(newline="")
    table = csv.writer(stream)
    table.writerow(names)
    table.writerows([_cell(row.get(name)) for name in names] for row in rows)
    return stream.getvalue().encode("utf-8", "replace")


def _cell(value: Any) -> Any:
    """Return `value` as a cell: a text that a spreadsheet would take for a formula gets a quote before it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
