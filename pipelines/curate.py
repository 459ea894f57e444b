"""`tain curate` and `tain decide`: the curate stage with a progress bar and a short funnel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.progress import console_progress
from toolkit.curate.stage import curate, decide
from toolkit.engine.opening import open_engine
from toolkit.engine.processes import do_without_pandas
from toolkit.report.retention import retention, sentences
from toolkit.schema import STATUSES
from toolkit.store import RunFolder

LEFT_OUT_SHOWN = 3


def run_curate(
    source: str | Path,
    out: Path,
    *,
    recipe: Path | None = None,
    workers: int | None = None,
    engine: str = "local",
    address: str | None = None,
    resume: bool = False,
    cache: Path | None = None,
) -> RunFolder:
    """Curate `source` into the run folder `out` with a process a core, print the funnel and return the run.

    `engine` and `address` say where the processes are: see `open_engine`.
    """
    do_without_pandas()
    with console_progress() as progress, open_engine(engine, workers=workers, address=address) as opened:
        run = curate(source, out, recipe=recipe, engine=opened, resume=resume, cache=cache, progress=progress)
    _print_funnel(run)
    return run


def run_decide(run: Path, out: Path, *, recipe: Path, score: bool = False, cache: Path | None = None) -> RunFolder:
    """Decide `run` again by `recipe` into the run folder `out`, print the funnel and return the new run."""
    do_without_pandas()
    with console_progress() as progress:
        decided = decide(run, out, recipe=recipe, score=score, cache=cache, progress=progress)
    _print_funnel(decided)
    return decided


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
