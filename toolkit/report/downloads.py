"""What can be taken away from a run: the files of its report, its findings as a table, and what made it all."""

from __future__ import annotations

import json
from typing import NamedTuple

from toolkit.errors import RunError
from toolkit.report.json_rows import read_findings
from toolkit.report.manifest import manifest
from toolkit.report.measured import measure_rows
from toolkit.report.measures_csv import CSV_FILE, csv_table
from toolkit.report.model_card import CARD_FILE
from toolkit.report.pictures import read_inside
from toolkit.report.stage import HTML_FILE, JSON_FILE, figure_files, page_file, report_figures
from toolkit.report.summary import TEXT_FILE
from toolkit.store import RunFolder

FINDINGS_FILE, MANIFEST_FILE = "findings.csv", "manifest.json"
FINDINGS = (
    "title", "subject", "slice", "attribute", "group", "measure", "annotator", "correction", "value", "low", "high",
    "n", "floor", "q", "strength",
)  # fmt: skip


class Download(NamedTuple):
    """A file that can be taken away: its `name` in the run or of its own, what it is called, and its media type."""

    name: str
    title: str
    media_type: str


_PAGE = Download(HTML_FILE, "Report (HTML)", "text/html")
_FIGURES = Download(JSON_FILE, "Figures (JSON)", "application/json")
_OF_MEASURES = (
    Download(CSV_FILE, "Measures (CSV)", "text/csv"),
    Download(CARD_FILE, "Model card (Markdown)", "text/markdown"),
    Download(TEXT_FILE, "Summary (Markdown)", "text/markdown"),
)
_FINDINGS = Download(FINDINGS_FILE, "Findings (CSV)", "text/csv")
_MANIFEST = Download(MANIFEST_FILE, "Manifest (JSON)", "application/json")


def downloads(run: RunFolder) -> list[Download]:
    """Return what `run` can give: the report and its parts, of an audit also its measures and findings."""
    found = [_PAGE, _FIGURES, *(_OF_MEASURES if measure_rows(run) else ())]
    return [*found, *([_FINDINGS] if read_findings(run) else []), _MANIFEST]


def download(run: RunFolder, name: str) -> bytes:
    """Return the file `name` of `downloads`. The report's files are those in the folder of the run, or where these are
    not there, made of its tables without being written.

    Raises RunError where `run` has no such file, or is damaged.
    """
    if name == FINDINGS_FILE:
        return csv_table(FINDINGS, read_findings(run))
    if name == MANIFEST_FILE:
        return json.dumps(manifest(run), indent=2, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    there = [one.name for one in downloads(run)]
    if name not in there:
        raise RunError(f"{run.path} has no {name}; it has {', '.join(there)}")
    if (written := read_inside(run, name)) is not None:
        return written
    found = report_figures(run)
    return page_file(run, found) if name == HTML_FILE else figure_files(run, found)[name]
