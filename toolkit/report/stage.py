"""The report stage: tables of a run in; `report/report.json` and `report/report.html` out, and beside them
measures.csv, summary.md, model-card.md and the recipe of the audit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from toolkit.errors import RunError
from toolkit.report.behind import RECIPE_FILE, audit_recipe
from toolkit.report.erased import erased
from toolkit.report.figures import figures
from toolkit.report.manifest import lineage
from toolkit.report.measures_csv import CSV_FILE, measures_csv
from toolkit.report.model_card import CARD_FILE, model_card
from toolkit.report.page import render
from toolkit.report.summary import TEXT_FILE, summary
from toolkit.report.tiles import pictures_on_page
from toolkit.store import RunFolder, open_run

JSON_FILE = "report/report.json"
HTML_FILE = "report/report.html"


def write_report(run: RunFolder | str | Path, *, findings: Sequence[dict[str, Any]] | None = None) -> Path:
    """Write the report of `run` into its folder and return the path of the HTML page.

    Reads tables only, no model: measures, labels, samples and requests of the run, and the pairs and decisions of the
    curated run that it names as its input, as far as they are there. `findings`, strongest first, replaces those that
    the audit wrote. The same tables give the same two files byte for byte. Raises RunError where the folder is no run,
    holds no table, or is damaged.
    """
    opened = run if isinstance(run, RunFolder) else open_run(run)
    for name, data in report_files(opened, findings=findings).items():
        written = opened.write_file(name, data)
    return written


def report_files(run: RunFolder, *, findings: Sequence[dict[str, Any]] | None = None) -> dict[str, bytes]:
    """Return the files that `write_report` writes, by their path in the folder of `run`, the page last.

    Raises RunError as it does.
    """
    found = report_figures(run, findings=findings)
    return figure_files(run, found) | {HTML_FILE: page_file(run, found)}


def report_figures(run: RunFolder, *, findings: Sequence[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Return the figures of a report of `run` (see `toolkit.report.figures`). Raises RunError as `write_report`."""
    if not any(one.tables() for one in lineage(run)):
        raise RunError(f"{run.path} holds no table, so there is nothing to report; give the folder of a finished run")
    return figures(run, None if findings is None else list(findings))


def figure_files(run: RunFolder, found: dict[str, Any]) -> dict[str, bytes]:
    """Return all files of a report but its page, from its figures `found`, by their path in the folder of `run`."""
    text = json.dumps(found, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    files = {JSON_FILE: text.encode("utf-8", "replace") + b"\n"}
    if found["measures"] or found["census"]:
        files[CSV_FILE] = measures_csv(found["measures"] + found["census"])
        files[TEXT_FILE] = summary(found).encode("utf-8", "replace")
        files[CARD_FILE] = model_card(found).encode("utf-8", "replace")
    if (recipe := audit_recipe(run)) is not None:
        files[RECIPE_FILE] = recipe
    return files


def page_file(run: RunFolder, found: dict[str, Any]) -> bytes:
    """Return the page of a report with its pictures, from its figures `found`."""
    naive = erased(run)
    return render(found, pictures_on_page(run, naive.examples if naive else ())).encode("utf-8", "replace")
