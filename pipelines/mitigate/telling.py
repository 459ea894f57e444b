"""What a mitigation did, on the terminal."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from toolkit.store import RunFolder


def tell(made: RunFolder) -> None:
    """Print what became of every slice and what it cost, and where the page is."""
    found = json.loads((made.path / "mitigation.json").read_text("utf-8"))
    console = Console()
    for step in found["steps"]:
        for what in ({"attribute": found["attribute"], **step}, *step.get("also", ())):
            console.print(_table(found["by"], step["strength"], what))
    console.print(f"report: [bold]{escape(str(made.path / 'mitigation.html'))}[/bold]", soft_wrap=True)


def _table(by: str, strength: float, found: dict[str, Any]) -> Table:
    table = Table(title=f"{found['attribute']} by {by}, strength {strength:g}", title_justify="left")
    for heading in ("slice", "share of", "before", "after", "target", "of the way"):
        table.add_column(heading, justify="left" if heading in ("slice", "share of") else "right")
    for row in found["skew"]:
        closed = "" if row["closed"] is None else f"{100 * row['closed']:.0f} %"
        table.add_row(
            escape(row["slice"]),
            escape(row["group"]),
            _percent(row["before"]),
            _percent(row["after"]),
            _percent(row["target"]),
            closed,
        )
    return table


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.0f} %"
