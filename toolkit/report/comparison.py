"""The page and the table of a comparison of two audits, from its compare.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from toolkit.errors import RunError
from toolkit.report.cost_words import COST_HEADER, cost_cells
from toolkit.report.measured import ALL
from toolkit.report.measures_csv import csv_table
from toolkit.report.page_template import page_template
from toolkit.report.sections.section import concept, signed
from toolkit.report.wording import percent, plain_name, q_value, subject_name, tone_name

JSON_FILE, HTML_FILE, CSV_FILE = "compare.json", "compare.html", "compare.csv"
MOST, MOST_ROWS = 50, 300  # of what changed, and of a table's rows; compare.json and compare.csv hold all
Row = Mapping[str, Any]


def write_comparison_page(folder: Path) -> Path:
    """Write compare.html, one file that needs no other, and compare.csv beside the compare.json in `folder`; return the
    path of the page. Raises RunError where there is no such file or it is damaged."""
    path = folder / JSON_FILE
    try:
        found = json.loads(path.read_text("utf-8"))
        page, table = (
            render_comparison(found),
            csv_table(list(found["rows"][0]) if found["rows"] else [], found["rows"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"{path} cannot be read ({error}); run `tain compare` again") from error
    (folder / CSV_FILE).write_bytes(table)
    (folder / HTML_FILE).write_bytes(page.encode("utf-8", "replace"))
    return folder / HTML_FILE


def read_costs(path: Path, audits: tuple[Path, Path], models: tuple[str, str]) -> list[dict[str, Any]]:
    """Return what the compare.json at `path` says that the pictures of the second of `models` cost beside those of the
    first, in the folders of both `audits`; none where it is of others. Raises RunError where it is damaged."""
    try:
        found = json.loads(path.read_text("utf-8"))
        if [Path(found[side]).resolve() for side in ("a", "b")] != [one.resolve() for one in audits]:
            return []
        return [row for row in found.get("costs", []) if (row["subject_a"], row["subject_b"]) == models]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunError(f"{path} cannot be read ({error}); run `tain compare` again") from error


def render_comparison(found: Mapping[str, Any]) -> str:
    """Return the page of what compare.json holds; whatever comes from a row is escaped."""
    tables: dict[str, list[list[str]]] = {}
    for row in found["rows"]:
        if row["not_measurable"] is None:
            tables.setdefault(_who(row), []).append(_cells(row))
    return page_template("compare.html").render(
        found=found,
        tables=sorted(tables.items()),
        missing=_missing(found["rows"]),
        cost_header=("Model", *COST_HEADER[1:]),
        costs=[(_models(row), *cost_cells(row)[1:]) for row in found.get("costs", []) if row["slice"] == ALL],
        most=MOST,
        most_rows=MOST_ROWS,
    )


def _models(row: Row) -> str:
    first, second = subject_name(row["subject_a"]), subject_name(row["subject_b"])
    return first if first == second else f"{first} → {second}"


def _who(row: Row) -> str:
    who = _models(row)
    corrected = "" if row["correction"] == "uncorrected" else f", corrected by {row['correction']}"
    return f"{who}: {row['attribute']}{corrected}"


def _cells(row: Row) -> list[str]:
    ends = "" if row["low"] is None else f" [{100 * row['low']:.0f}, {100 * row['high']:.0f}]"
    q = row["q"] if row["paired_q"] is None else row["paired_q"]
    return [
        concept(row["slice"]),
        tone_name(row["group"]),
        plain_name(row["annotator"]),
        f"{percent(row['share_a'])} of {row['n_a']:,}",
        f"{percent(row['share_b'])} of {row['n_b']:,}",
        f"{signed(row['value'])}{ends}",
        "" if q is None else q_value(q),
        "" if row["pairs"] is None else f"{row['pairs']:,}: {row['gained']:,} / {row['lost']:,}",
    ]


def _missing(rows: list[Row]) -> list[str]:
    """Return what could not be compared and why, the groups of one place together."""
    places: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        if row["not_measurable"] is not None:
            place = (concept(row["slice"]), row["attribute"], row["annotator"], row["correction"])
            places.setdefault((*place, row["not_measurable"]), []).append(tone_name(row["group"]))
    return [
        f"{name}, {attribute} {', '.join(groups)} ({plain_name(annotator)}, {correction}): {why}"
        for (name, attribute, annotator, correction, why), groups in places.items()
    ]
