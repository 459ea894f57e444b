"""All figures of a report as plain data: what `report.json` holds, and what the page is filled from."""

from __future__ import annotations

from typing import Any

from toolkit.report.behind import with_evidence
from toolkit.report.erased import erased
from toolkit.report.funnel import funnel
from toolkit.report.json_rows import read_calibration, read_findings
from toolkit.report.licences import credits_of
from toolkit.report.manifest import manifest
from toolkit.report.measured import is_census, measure_rows
from toolkit.report.retention import retention, sentences
from toolkit.report.validity import validity
from toolkit.store import RunFolder

FORMAT = 1
STRONGEST = 5


def figures(run: RunFolder, findings: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Return the figures of `run` and its inputs: only what JSON can hold, the same for the same tables.

    `findings` replaces those that the audit wrote. A part whose tables are absent is null or empty.
    """
    ranked = with_evidence(run, read_findings(run) if findings is None else findings)
    rows = measure_rows(run)
    trust = validity(run)
    retained = retention(run)
    found = {
        "format": FORMAT,
        "run": run.path.resolve().name,
        "findings": ranked,
        "strongest": ranked[:STRONGEST],
        "validity": trust._asdict() | {"statement": trust.statement},
        "calibration": read_calibration(run),
        "measures": [row for row in rows if not is_census(row)],
        "census": [row for row in rows if is_census(row)],
        "funnel": funnel(run),
        "retention": retained,
        "left_out": sentences(retained),
        "erased_by_perceptual_hash": erased(run),
        "credits": credits_of(run),
        "manifest": manifest(run),
    }
    return {key: _plain(value) for key, value in found.items()}


def _plain(value: Any) -> Any:
    """Return `value` with every named tuple in it as a dict, and every other tuple as a list."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return _plain(value._asdict())
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
