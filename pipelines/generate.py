"""`tain generate`: probe prompts in, a run folder of pictures out, with a progress bar."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from pipelines.engines import workers_of
from pipelines.progress import console_progress
from toolkit.errors import ModelError
from toolkit.generate.processes import launched
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
    dtype: str = "float32",
    path_every: int | None = None,
    noised: Sequence[Path] = (),
    engine: str = "local",
    workers: int | None = None,
    address: str | None = None,
) -> RunFolder:
    """Paint `replicates` pictures for each probe, print the counts and return the run folder.

    The engine local paints in this process unless `workers` are given; ray in workers at `address` (see `open_engine`).
    Raises ModelError where not one picture could be painted; their rows say why.
    """
    with console_progress() as progress, workers_of(engine, workers, address) as opened:
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
            dtype=dtype,
            path_every=path_every,
            noised=noised,
            engine=opened,
            progress=progress,
        )
    if launched().first:  # of the processes that torchrun started, the first one talks
        _tell(run)
    return run


def _tell(run: RunFolder) -> None:
    counts = run.stages["generate"]["counts"]
    Console().print(
        f"{counts['requests']} pictures for {counts['probes']} probes "
        f"({counts['failed']} failed): [bold]{escape(str(run.path))}[/bold]"
    )
    if counts["failed"]:
        errors = [error for error in run.read("samples", ["error"])["error"].to_pylist() if error]
        if counts["failed"] == counts["requests"]:
            raise ModelError(f"none of the {counts['requests']} pictures could be painted: {errors[0]}")
        Console().print(f"the first failure: {escape(errors[0])}", highlight=False, soft_wrap=True)
