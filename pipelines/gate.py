"""`tain gate`: an audit and a policy in, exit code 0 or 1 out, with every broken rule told in words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipelines.exits import FAILED, Command
from pipelines.path_types import FILE, FOLDER

if TYPE_CHECKING:
    from toolkit.audit.gating.gate import Verdict

SHOWN = 10  # breaches of one rule, in text; JSON has them all


@click.command(cls=Command)
@click.argument("run", type=FOLDER)
@click.option("--policy", type=FILE, required=True, help="YAML file of rules that the figures must keep to.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
def gate(run: Path, policy: Path, as_json: bool) -> None:
    """Exit with 1 where an audit breaks a rule of a policy.

    RUN is the folder that tain audit wrote. A rule that finds nothing to check counts as broken, unless it says so.

    \b
    Example:
      tain gate runs/audit --policy policy.yaml
    """
    from toolkit.audit.gating.gate import gate as judge_all

    verdicts = judge_all(run, policy)
    passed = all(one.passed for one in verdicts)
    if as_json:
        click.echo(json.dumps(_described(run, verdicts), indent=2, ensure_ascii=False))
    else:
        for one in verdicts:
            _tell(one)
        kept = sum(one.passed for one in verdicts)
        click.echo(f"{'passed' if passed else 'failed'}: {kept} of {len(verdicts)} rules kept")
    if not passed:
        raise click.exceptions.Exit(FAILED)


def _tell(verdict: Verdict) -> None:
    click.echo(("" if verdict.passed else "BROKEN ") + verdict.text)
    for breach in verdict.breaches[:SHOWN]:
        click.echo(f"  {breach.text}")
    if len(verdict.breaches) > SHOWN:
        click.echo(f"  and {len(verdict.breaches) - SHOWN} more; --json prints them all")


def _described(run: Path, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    return {
        "run": str(run),
        "passed": all(one.passed for one in verdicts),
        "rules": [
            {
                "name": one.rule.name,
                "passed": one.passed,
                "outcome": one.outcome,
                "checked": one.checked,
                "passed_over": one.passed_over,
                "text": one.text,
                "breaches": [{"text": breach.text, "row": breach.row} for breach in one.breaches],
            }
            for one in verdicts
        ],
    }
