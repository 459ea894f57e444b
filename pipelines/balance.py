"""`tain balance`: weights of a curated run, and what they cost, on the terminal."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from toolkit.curate.balance import balance
from toolkit.store import RunFolder


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
