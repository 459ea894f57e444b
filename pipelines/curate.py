"""`tain curate`, `tain decide` and `tain export`: the curate stage with a progress bar and a short funnel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.progress import console_progress
from toolkit.curate.balance import balance
from toolkit.curate.export.stage import export
from toolkit.curate.stage import curate, decide
from toolkit.engine.local import usable_cores
from toolkit.report.retention import retention, sentences
from toolkit.schema import STATUSES
from toolkit.store import RunFolder, open_run

LEFT_OUT_SHOWN = 3


def run_curate(
    source: str | Path,
    out: Path,
    *,
    recipe: Path | None = None,
    workers: int | None = None,
    resume: bool = False,
    cache: Path | None = None,
) -> RunFolder:
    """Curate `source` into the run folder `out` with a process a core, print the funnel and return the run."""
    with console_progress() as progress:
        used = workers or usable_cores()
        run = curate(source, out, recipe=recipe, workers=used, resume=resume, cache=cache, progress=progress)
    _print_funnel(run)
    return run


def run_decide(run: Path, out: Path, *, recipe: Path, score: bool = False, cache: Path | None = None) -> RunFolder:
    """Decide `run` again by `recipe` into the run folder `out`, print the funnel and return the new run."""
    with console_progress() as progress:
        decided = decide(run, out, recipe=recipe, score=score, cache=cache, progress=progress)
    _print_funnel(decided)
    return decided


def run_balance(run: Path, out: Path, *, target: Path, cap: float | None = None) -> RunFolder:
    """Weigh the kept rows of `run` so that `target` is met, print what it costs and return the new run."""
    made = balance(run, out, target, cap=cap)
    counts = made.stages["balance"]["counts"]
    console = Console()
    for attribute, found in counts["shares"].items():
        table = Table(title=attribute.replace("_", " "), title_justify="left")
        for heading, justify in (("group", "left"), ("share before", "right"), ("after", "right")):
            table.add_column(heading, justify=justify)  # type: ignore[arg-type]
        for group, before in found["before"].items():
            table.add_row(escape(group), f"{before:.1%}", f"{found['after'][group]:.1%}")
        console.print(table)
    console.print(
        f"{counts['rows']:,} rows weigh as much as {counts['n_effective']:,.0f} equal ones (design effect "
        f"{counts['design_effect']:.2f}); weights from {counts['least_weight']:g} to {counts['greatest_weight']:g}",
        highlight=False,
    )
    console.print(f"run folder: [bold]{escape(str(made.path))}[/bold]", highlight=False)
    return made


def run_export(run: Path, to: str, out: Path) -> Path:
    """Write the kept pairs of `run` as `to` (parquet, webdataset or imagefolder) to the new folder `out`."""
    with console_progress() as progress:
        written = export(open_run(run), to, out, progress=progress)
    Console().print(f"kept pairs, with their pictures: [bold]{escape(str(written))}[/bold]", highlight=False)
    return written


def funnel_table(counts: dict[str, Any]) -> Table:
    """Return the funnel as a table: what each rule took in its turn, what was left, and what it takes alone."""
    table = Table(title=f"{counts['rows_in']:,} rows in", title_justify="left")
    for heading, justify in (("rule", "left"), ("took", "right"), ("left", "right"), ("alone", "right")):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    for step in counts["funnel"]:
        if step["rows_lost"] or step["alone"]["taken"]:
            numbers = (step["rows_lost"], step["rows_out"], step["alone"]["taken"])
            table.add_row(step["rule"].replace("_", " "), *(f"{one:,}" for one in numbers))
    return table


def _print_funnel(run: RunFolder) -> None:
    counts = run.stages["curate"]["counts"]
    console = Console()
    console.print(funnel_table(counts))
    console.print(" + ".join(f"{counts[status]:,} {status}" for status in STATUSES), highlight=False)
    naive = counts.get("naive_perceptual")
    if naive and naive["rows_lost"]:
        console.print(
            f"a perceptual hash alone would have taken {naive['rows_lost']:,} rows, "
            f"{naive['variants_lost_by_gender_or_tone']:,} of them for another gender or skin tone",
            highlight=False,
        )
    _print_left_out(run, console)
    console.print(f"run folder: [bold]{escape(str(run.path))}[/bold]", highlight=False)


def _print_left_out(run: RunFolder, console: Console) -> None:
    """Print the groups that rules keep less often than their others, the strongest of them in words."""
    said = sentences(retention(run))
    if said:
        console.print(
            f"left out more often than others, {len(said):,} times a group by a rule (tain dashboard shows all):"
        )
    for one in said[:LEFT_OUT_SHOWN]:
        console.print(f"  {escape(one)}", highlight=False)
