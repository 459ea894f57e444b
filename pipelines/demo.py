"""`tain demo`: one whole turn on the bundled sample, through the same stages as everyone's own data."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from pipelines.audit import findings_table
from pipelines.mitigate.stage import mitigate
from pipelines.progress import console_progress
from toolkit.audit.recipe import GENDER
from toolkit.audit.stage import audit
from toolkit.audit.subjects import ALL
from toolkit.curate.stage import curate
from toolkit.errors import RecipeError
from toolkit.generate.stage import generate
from toolkit.mitigate.aim import STRONGEST, choose_finding, read_findings
from toolkit.mitigate.target import UNIFORM
from toolkit.progress import Progress
from toolkit.report.stage import write_report
from toolkit.store import RunFolder

SOURCE = "zoo:sample"
MODEL = "zoo:latent"
RECIPES = Path(str(files("pipelines") / "recipes"))
PROBES = RECIPES / "probes-demo.yaml"
CURATE_RECIPE = RECIPES / "curate-demo.yaml"
STRENGTHS = (1.0, 1.5)  # of guidance: the trade-off has two points beside the start


def run_demo(out: Path) -> RunFolder:
    """Curate the sample into `out`/curated, paint and audit in `out`/audit, write the report, lead the strongest
    finding about women and men to equal shares in `out`/mitigated, and print what was found.

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
        mitigated = _mitigated(audited, out / "mitigated", progress)
    console.print(findings_table(json.loads((audited.path / "findings.json").read_text("utf-8"))))
    places = [("curated run", curated.path), ("audit run", audited.path), ("report", report)]
    for name, path in [*places, *(("mitigated", one / "mitigation.html") for one in mitigated)]:
        console.print(f"{name:<12} {escape(str(path))}", highlight=False, soft_wrap=True)
    console.print(f"look at it   [bold]tain dashboard {escape(str(out))}[/bold]", highlight=False, soft_wrap=True)
    return audited


def _mitigated(audited: RunFolder, out: Path, progress: Progress) -> list[Path]:
    """Return the folder of the mitigation of the strongest finding about women and men; none where there is none."""
    findings = read_findings(audited.path)
    try:
        finding = choose_finding(findings, STRONGEST, (GENDER,))
    except RecipeError:
        return []
    number, slices = str(findings.index(finding) + 1), [] if finding["slice"] == ALL else [finding["slice"]]
    made = mitigate(
        audited.path,
        out,
        finding=number,
        target=UNIFORM,
        by="guidance",
        strengths=STRENGTHS,
        slices=slices,
        progress=progress,
    )
    return [made.path]
