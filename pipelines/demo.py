"""`tain demo`: the whole loop on the bundled sample, through the same stages as everyone's own data."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from pipelines.audit import findings_table
from pipelines.progress import console_progress
from toolkit.audit.stage import audit
from toolkit.curate.stage import curate
from toolkit.generate.stage import generate
from toolkit.report.stage import write_report
from toolkit.store import RunFolder

SOURCE = "zoo:sample"
MODEL = "zoo:latent"
RECIPES = Path(str(files("pipelines") / "recipes"))
PROBES = RECIPES / "probes-demo.yaml"
CURATE_RECIPE = RECIPES / "curate-demo.yaml"


def run_demo(out: Path) -> RunFolder:
    """Curate the sample into `out`/curated, paint and audit in `out`/audit, write the report, print what was found.

    What an earlier or interrupted demo had finished there is kept. Returns the audit run. Raises RunError where
    something else is in the way, or where a stage was begun with other settings or library versions.
    """
    console = Console()
    with console_progress() as progress:
        curated = curate(SOURCE, out / "curated", recipe=CURATE_RECIPE, resume=True, progress=progress)
        audited = generate(MODEL, PROBES, out / "audit", resume=True, progress=progress)
        if not audited.stages.get("audit", {}).get("finished"):
            audited = audit(audited, audited.path, data=curated, progress=progress)
        progress("writing the report", 0, 1)
        report = write_report(audited)
        progress("writing the report", 1, 1)
    console.print(findings_table(json.loads((audited.path / "findings.json").read_text("utf-8"))))
    for name, path in (("curated run", curated.path), ("audit run", audited.path), ("report", report)):
        console.print(f"{name:<12} {escape(str(path))}", highlight=False, soft_wrap=True)
    console.print(f"look at it   [bold]tain dashboard {escape(str(out))}[/bold]", highlight=False, soft_wrap=True)
    return audited
