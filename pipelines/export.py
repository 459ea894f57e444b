"""`tain export` of a curated run, with a progress bar."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.markup import escape

from pipelines.progress import console_progress
from toolkit.curate.export.stage import export
from toolkit.store import open_run


def run_export(run: Path, to: str, out: Path) -> Path:
    """Write the kept pairs of `run` as `to` (parquet, webdataset or imagefolder) to the new folder `out`."""
    with console_progress() as progress:
        written = export(open_run(run), to, out, progress=progress)
    Console().print(f"kept pairs, with their pictures: [bold]{escape(str(written))}[/bold]", highlight=False)
    return written
