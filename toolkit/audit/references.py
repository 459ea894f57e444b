"""Shares that people published, which an audit holds its figures against: CSV of slice, group, share and source."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from toolkit.errors import RecipeError
from toolkit.probe_sets import is_set, set_file

COLUMNS = ("slice", "group", "share", "source")
SUM_TOLERANCE = 0.005  # published percentages are rounded


class Reference(NamedTuple):
    """The `shares` of groups in one slice, which sum to 1, and the `source` that says where they were published."""

    slice: str
    shares: Mapping[str, float]
    source: str


def load_references(named: Sequence[str]) -> dict[str, tuple[Reference, ...]]:
    """Return the references in the CSV files `named` (`set:NAME` for one that comes with a probe set), by slice.

    Each row gives the `share` of a `group` in a `slice`, and its `source`: table and year. Raises RecipeError naming
    file and line for a missing column or source, a share that is none, shares of a slice that do not sum to 1, or a
    group of a slice that is given twice.
    """
    found: dict[str, list[Reference]] = {}
    seen: dict[tuple[str, str], str] = {}
    for name in named:
        for reference in _read(name):
            for group in reference.shares:
                before = seen.setdefault((reference.slice, group), name)
                if before != name:
                    what = f"a share of {group!r} in {reference.slice!r}"
                    raise RecipeError(f"{before} and {name} both give {what}; keep one of them")
            found.setdefault(reference.slice, []).append(reference)
    return {name: tuple(some) for name, some in found.items()}


def check_used(named: Sequence[str], slices: Iterable[str]) -> None:
    """Raise RecipeError where a file in `named` speaks of none of the audited `slices`."""
    audited = sorted(set(slices))
    for name in named:
        spoken = [one.slice for one in _read(name)]
        if not set(spoken) & set(audited):
            nearest = difflib.get_close_matches(spoken[0], audited, n=1, cutoff=0)
            hint = f" (nearest to {spoken[0]!r}: {nearest[0]!r})" if nearest else ""
            raise RecipeError(
                f"{name} speaks of none of the {len(audited)} audited slices{hint}; name them as the probes do"
            )


def _read(name: str) -> list[Reference]:
    path = set_file(name, ".csv") if is_set(name) else Path(name)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return list(_references(name, csv.DictReader(stream)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RecipeError(f"{name}: cannot be read ({error}); give a CSV file of {', '.join(COLUMNS)}") from error


def _references(name: str, table: csv.DictReader[str]) -> Iterator[Reference]:
    missing = [one for one in COLUMNS if one not in (table.fieldnames or ())]
    if missing:
        has = ", ".join(table.fieldnames or ()) or "none"
        raise RecipeError(f"{name}: no column {missing[0]!r}; expected {', '.join(COLUMNS)}, found {has}")
    shares: dict[str, dict[str, float]] = {}
    sources: dict[str, dict[str, None]] = {}
    for row in table:
        where = f"{name}, line {table.line_num}"
        slice_name, group, source = ((row[one] or "").strip() for one in ("slice", "group", "source"))
        if not slice_name or not group or not source:
            raise RecipeError(
                f"{where}: slice, group and source must be given: a share without a source is no reference"
            )
        if group in shares.setdefault(slice_name, {}):
            raise RecipeError(f"{where}: {group!r} in {slice_name!r} is given twice; keep one of them")
        shares[slice_name][group] = _share(row["share"], where)
        sources.setdefault(slice_name, {})[source] = None
    if not shares:
        raise RecipeError(f"{name}: holds no rows; give one for each slice and group")
    for slice_name, some in shares.items():
        total = sum(some.values())
        if abs(total - 1) > SUM_TOLERANCE:
            raise RecipeError(
                f"{name}: the shares of {slice_name!r} sum to {total:g}; give those of all groups, to sum to 1"
            )
        whole = {group: share / total for group, share in some.items()}
        yield Reference(slice_name, whole, "; ".join(sources[slice_name]))


def _share(given: str | None, where: str) -> float:
    try:
        share = float(given or "")
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise RecipeError(f"{where}: {given!r} is no share; give a number from 0 to 1")
    return share
