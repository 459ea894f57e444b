"""`tain mitigate` as a command: its arguments; the work waits in `pipelines.mitigate.stage`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from pipelines.exits import Command
from pipelines.path_types import FILE, FOLDER
from pipelines.process import keep_freed_memory


@click.command(cls=Command, resume_hint="run the same command again: it goes on where it was")
@click.argument("run", type=FOLDER)
@click.option("--finding", required=True, help="Its number in the report, or SLICE:GROUP, such as pilot:man.")
@click.option("--target", required=True, help="uniform, bls, or a CSV file of slice, group, share and source.")
@click.option(
    "--by", required=True, type=click.Choice(["data", "finetune", "guidance", "prompt"]), help="What is changed."
)
@click.option("--out", type=FOLDER, required=True, help="New folder for the change, its audits and the report.")
@click.option(
    "--strength", "strengths", type=click.FloatRange(min=0, min_open=True), multiple=True,
    help="How much is changed; several give the trade-off curve.",
)  # fmt: skip
@click.option("--slice", "slices", multiple=True, help="Change this slice only; may be repeated [all that are people].")
@click.option(
    "--also", multiple=True,
    help="An attribute that --by data or finetune brings to equal shares too, or to those of a file: ATTRIBUTE=FILE.",
)  # fmt: skip
@click.option("--phrases", type=FILE, help="YAML file of how a prompt says each value.")
@click.option(
    "--over-application", type=click.IntRange(min=0),
    help="Pictures of each prompt that already says the attribute, painted before and after: are they still what it "
    "says? [4 by data and finetune, else 0]",
)  # fmt: skip
@click.option("--device", default="cpu", show_default=True, help="cpu, cuda or mps.")
@click.option("--batch-size", type=click.IntRange(min=1), help="Pictures at a time; the model has its default.")
@click.option("--allow-pickle", is_flag=True, help="Load weights that can run code. Only from people you trust.")
def mitigate(
    run: Path,
    finding: str,
    target: str,
    by: Literal["data", "finetune", "guidance", "prompt"],
    out: Path,
    strengths: tuple[float, ...],
    slices: tuple[str, ...],
    also: tuple[str, ...],
    phrases: Path | None,
    over_application: int | None,
    device: str,
    batch_size: int | None,
    allow_pickle: bool,
) -> None:
    """Lead a finding of the audit RUN to a target, and prove it.

    Changes the prompts, the sampling, the model or its data; paints the same audit set from the same seeds; audits it
    again; and writes what that gained and what it cost.

    \b
    Example:
      tain mitigate runs/audit --finding pilot:man --target uniform --by prompt --out runs/mended
      tain mitigate runs/audit --finding pilot:man --target uniform --also skin_tone --by data --out runs/retrained
    """
    from pipelines.mitigate.painted import Painting
    from pipelines.mitigate.stage import mitigate as run_mitigation
    from pipelines.mitigate.telling import tell
    from pipelines.progress import console_progress

    keep_freed_memory()
    with console_progress() as progress:
        made = run_mitigation(
            run,
            out,
            finding=finding,
            target=target,
            by=by,
            strengths=strengths,
            slices=slices,
            phrases=phrases,
            also=also,
            over_application=over_application,
            painting=Painting(device=device, batch_size=batch_size, allow_pickle=allow_pickle),
            progress=progress,
        )
    tell(made)
