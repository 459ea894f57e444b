"""`tain label` and `tain audit`: pictures in, labels, measures and findings out, with a progress bar and a table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.engines import workers_of
from pipelines.progress import console_progress
from toolkit.audit.recipe import AuditRecipe
from toolkit.audit.stage import audit, label
from toolkit.recipe import load_recipe
from toolkit.store import RunFolder

SHOWN = 5


def run_label(
    run: Path,
    out: Path,
    *,
    data: Path | None = None,
    recipe: Path | None = None,
    calibration: Sequence[Path] = (),
    engine: str = "local",
    workers: int | None = None,
    address: str | None = None,
) -> RunFolder:
    """Label the pictures of `run`, print the counts and return the run folder.

    The engine local reads in this process; ray in `workers`, at `address` (see `open_engine`).
    """
    whole = _recipe(recipe, calibration)
    with console_progress() as progress, workers_of(engine, workers, address) as opened:
        labelled = label(run, out, data=data, recipe=whole, engine=opened, progress=progress)
    counts = labelled.stages["label"]["counts"]
    Console().print(f"{counts['labels']} labels, {counts['abstained']} of them abstain: [bold]{out}[/bold]")
    return labelled


def run_audit(
    run_or_samples: Path,
    out: Path,
    *,
    data: Path | None = None,
    recipe: Path | None = None,
    calibration: Sequence[Path] = (),
    reviews: Sequence[Path] = (),
) -> RunFolder:
    """Audit a run or a table of samples, print the strongest findings and return the run folder."""
    with console_progress() as progress:
        whole = _recipe(recipe, calibration, reviews)
        audited = audit(run_or_samples, out, data=data, recipe=whole, progress=progress)
    findings = json.loads((audited.path / "findings.json").read_text("utf-8"))
    Console().print(findings_table(findings))
    return audited


def _recipe(file: Path | None, calibration: Sequence[Path], reviews: Sequence[Path] = ()) -> AuditRecipe:
    """Return the recipe in `file`, with the pictures of known truth and the reviews that the command line adds."""
    found = load_recipe(AuditRecipe, file)
    more = {"calibration": calibration, "reviews": reviews}
    return found.model_copy(
        update={key: (*getattr(found, key), *(str(one) for one in named)) for key, named in more.items()}
    )


def findings_table(findings: list[dict[str, Any]], shown: int = SHOWN) -> Table:
    """Return the first `shown` findings as a table: the sentence, pictures, noise floor and q."""
    table = Table(title="The strongest findings", show_lines=True, title_justify="left")
    table.add_column("finding", ratio=1)
    for heading in ("pictures", "noise floor", "q"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in findings[:shown]:
        floor = "" if one["floor"] is None else f"{100 * one['floor']:.1f} %"
        q = "census" if one.get("kind") == "census" else "" if one["q"] is None else _shown_q(one["q"])
        table.add_row(escape(one["title"]), str(one["n"]), floor, q)
    if any(one["correction"] == "uncorrected" for one in findings[:shown]):
        table.caption = "Uncorrected where not said otherwise: annotators err. The report says how often, and on what."
        table.caption_justify = "left"
    if not findings:
        table.add_row("nothing stands out beyond the noise of so few pictures", "", "", "")
    return table


def _shown_q(q: float) -> str:
    return "< 0.001" if q < 0.001 else f"{q:.3f}"
