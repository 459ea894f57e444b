"""The small JSON files that an audit leaves beside its tables: each a list of rows."""

from __future__ import annotations

import json
from typing import Any

from toolkit.errors import RunError
from toolkit.store import RunFolder

FIGURES = ("value", "low", "high", "n", "floor", "q", "told", "agreement")


def read_findings(run: RunFolder) -> list[dict[str, Any]]:
    """Return the findings of `run` from findings.json, strongest first; none where the audit wrote none.

    Each is a dict of title, subject, slice, attribute, group, measure, annotator, correction, value, low, high, n,
    floor, q and strength. Raises RunError where the file is damaged.
    """
    return _read_rows(run, "findings.json", needs="title")


def read_calibration(run: RunFolder) -> list[dict[str, Any]]:
    """Return how each annotator agrees with the known truth of each source, from calibration.json; none without it.

    Each is a dict of annotator, attribute, source, n, told, agreement (null where the values differ in kind) and
    confusion. It is context, not a correction. Raises RunError where the file is damaged.
    """
    return _read_rows(run, "calibration.json", needs="annotator")


def _read_rows(run: RunFolder, name: str, *, needs: str) -> list[dict[str, Any]]:
    path = run.path / name
    if not path.is_file():
        return []
    try:
        found = json.loads(path.read_text("utf-8"))
        if not isinstance(found, list) or not all(isinstance(one, dict) and needs in one for one in found):
            raise ValueError(f"it is not a list of rows with a {needs}")
        for row, figure in ((row, figure) for row in found for figure in FIGURES):
            if not isinstance(row.get(figure), int | float | None):
                raise ValueError(f"its {figure} {row[figure]!r} is not a number")
    except (OSError, ValueError) as error:
        raise RunError(f"{path} cannot be read ({error}); run `tain audit` again") from error
    return found
