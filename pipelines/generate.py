"""`tain generate`: probe prompts in, a run folder of pictures out, with a progress bar."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from pipelines.progress import console_progress
from toolkit.generate.stage import generate
from toolkit.store import RunFolder


def run_generate(
    model: str,
    probes: Path,
    out: Path,
    *,
    replicates: int = 100,
    seed: int = 0,
    batch_size: int | None = None,
    recipe: Path | None = None,
    resume: bool = False,
    allow_pickle: bool = False,
    device: str = "cpu",
) -> RunFolder:
    """Paint `replicates` pictures for each probe, print the counts and return the run folder."""
    with console_progress() as progress:
        run = generate(
            model,
            probes,
            out,
            replicates=replicates,
            seed=seed,
            batch_size=batch_size,
            recipe=recipe,
            resume=resume,
            allow_pickle=allow_pickle,
            device=device,
            progress=progress,
        )
    counts = run.stages["generate"]["counts"]
    Console().print(
        f"{counts['requests']} pictures for {counts['probes']} probes "
        f"({counts['failed']} failed): [bold]{run.path}[/bold]"
    )
    return run
