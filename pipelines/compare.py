"""`tain compare`: two audits in, what differs between them out."""

from __future__ import annotations

from pathlib import Path

import click

from pipelines.exits import Command
from pipelines.path_types import FOLDER

SHOWN = 10


@click.command(cls=Command, resume_hint="run it again with another --out")
@click.argument("a", type=FOLDER)
@click.argument("b", type=FOLDER, required=False)
@click.option("--out", type=FOLDER, required=True, help="New folder for compare.json, .html, .csv and .md.")
@click.option("--subject-a", help="Model of A to compare; needed where the audits are of different models.")
@click.option("--subject-b", help="Model of B (without B: of A) to compare it with.")
def compare(a: Path, b: Path | None, out: Path, subject_a: str | None, subject_b: str | None) -> None:
    """Say how the shares of audit B differ from those of A.

    A and B are folders that tain audit wrote: of two models, or of one model then and now (drift). Without B two models
    of A are compared.

    \b
    Example:
      tain compare runs/audit runs/audit-later --out runs/drift
      tain compare runs/audit --subject-a zoo:latent --subject-b retrieval:runs/mine --out runs/models
    """
    from toolkit.audit.comparing.compare import compare as compare_audits
    from toolkit.audit.comparing.compare import with_costs, write_comparison
    from toolkit.report.comparison import write_comparison_page

    found = with_costs(compare_audits(a, b, subject_a=subject_a, subject_b=subject_b))
    page = write_comparison_page(write_comparison(found, out))
    told = found.described()["told"]
    for one in told[:SHOWN]:
        click.echo(one["sentence"])
    click.echo(f"{len(told)} of {len(found.rows)} shares changed, as far as can be told: {page}")
    for caution in found.cautions:
        click.echo(caution)
