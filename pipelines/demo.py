"""`tain demo`: the whole loop on the bundled sample, through the same stages as everyone's own data."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from pipelines.progress import console_progress
from toolkit.audit.stage import audit
from toolkit.curate.stage import curate
from toolkit.generate.stage import generate
from toolkit.report.stage import write_report
from toolkit.store import RunFolder

SOURCE = "zoo:sample"
MODEL = "zoo:latent"
PROBES = Path(str(files("pipelines") / "recipes" / "probes-demo.yaml"))
STRONGEST = 5


def run_demo(out: Path) -> RunFolder:
    """Curate the sample into `out`/curated, paint and audit in `out`/audit, write the report, print what was found.

    What an interrupted demo had finished is kept. Returns the audit run. Raises RunError where something else is in
    the way, or where a stage was begun with other settings or library versions.
    """
    console = Console()
    with console_progress() as progress:
        curated = curate(SOURCE, out / "curated", resume=True, progress=progress)
        painted = generate(MODEL, PROBES, out / "audit", resume=True, progress=progress)
        audited = painted
        if not painted.stages.get("audit", {}).get("finished"):
            audited = audit(painted, painted.path, data=curated, progress=progress)
    report = write_report(audited)
    console.print(findings_table(read_findings(audited)[:STRONGEST]))
    console.print(f"curated run  {curated.path}\naudit run    {audited.path}\nreport       {report}", highlight=False)
    console.print(f"look at it   [bold]tain dashboard {out}[/bold]", highlight=False)
    return audited


def read_findings(run: RunFolder) -> list[dict[str, Any]]:
    """Return the findings of an audit, strongest first."""
    found: list[dict[str, Any]] = json.loads((run.path / "findings.json").read_text("utf-8"))
    return found


def findings_table(findings: list[dict[str, Any]]) -> Table:
    """Return `findings` as a table for the terminal: what was found, the value with its interval, n, noise floor, q."""
    table = Table(title="What the pictures show, strongest first", title_justify="left")
    table.add_column("finding", ratio=1, overflow="fold")
    for name in ("value", "95 %", "n", "noise floor", "q"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in findings:
        interval = "census" if one["low"] is None else f"{one['low']:.2f} to {one['high']:.2f}"
        floor = "" if one["floor"] is None else f"{one['floor']:.2f}"
        q = "" if one["q"] is None else f"{one['q']:.1g}"
        table.add_row(one["title"], f"{one['value']:.2f}", interval, str(one["n"]), floor, q)
    return table
