"""`tain plan`: probes and an aim in, how many pictures each claim takes and how long they take to paint out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipelines.exits import Command
from pipelines.path_types import FILE

if TYPE_CHECKING:
    from toolkit.audit.planning import Plan

SHARE = click.FloatRange(0, 1)


@click.command(cls=Command)
@click.option("--probes", type=FILE, required=True, help="YAML file of probes, or set:NAME.")
@click.option("--detect", type=SHARE, required=True, help="Difference of a share that must not be missed: 0.1.")
@click.option("--power", type=SHARE, default=0.8, show_default=True, help="How often it is found where it is there.")
@click.option("--significance", type=SHARE, default=0.05, show_default=True, help="How often a fair share is not.")
@click.option("--reference", type=SHARE, default=0.5, show_default=True, help="The share to differ from.")
@click.option("--sensitivity", type=SHARE, default=1.0, show_default=True, help="Of the annotator.")
@click.option("--specificity", type=SHARE, default=1.0, show_default=True, help="Of the annotator.")
@click.option("--abstained", type=SHARE, default=0.0, show_default=True, help="Share of pictures it cannot tell.")
@click.option("--model", help="Model that will paint: a few pictures are timed.")
@click.option("--recipe", type=FILE, help="YAML file of steps, guidance, size and settings, for --model.")
@click.option("--device", default="cpu", show_default=True, help="cpu, cuda or mps, for --model.")
@click.option("--images-per-second", type=click.FloatRange(min=0, min_open=True), help="Its speed, where you know it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
def plan(
    probes: Path,
    model: str | None,
    recipe: Path | None,
    device: str,
    images_per_second: float | None,
    as_json: bool,
    **aim: float,
) -> None:
    """Say how many pictures each claim of an audit takes.

    For one concept and for all of them, against a fixed share and between two models; and how long they take to paint.
    The annotator's errors are taken as known, and shrink the difference that its labels show.

    \b
    Example:
      tain plan --probes set:occupations --detect 0.1 --power 0.8 --sensitivity 0.95 --specificity 0.9
      tain plan --probes probes.yaml --detect 0.1 --model zoo:latent
    """
    from toolkit.audit.planning import Aim
    from toolkit.audit.planning import plan as plan_audit
    from toolkit.probes import load_probes

    if model is not None and images_per_second is not None:
        raise click.UsageError("give --model, to time it, or --images-per-second, not both")
    loaded = load_probes(probes)
    found = plan_audit(loaded, Aim(**aim))
    if model is not None:
        from toolkit.generate.speed import images_per_second as measure_speed

        images_per_second = measure_speed(model, loaded, recipe=recipe, device=device)
    described = _described(found, images_per_second)
    if as_json:
        click.echo(json.dumps(described, indent=2))
    else:
        _tell(described, probes)


def _described(found: Plan, speed: float | None) -> dict[str, Any]:
    claims = [
        one._asdict() | {"hours": None if speed is None else round(one.total / speed / 3600, 4)} for one in found.claims
    ]
    speed = None if speed is None else round(speed, 3)
    return found._asdict() | {"aim": found.aim._asdict(), "claims": claims, "images_per_second": speed}


def _tell(described: dict[str, Any], probes: Path) -> None:
    aim = described["aim"]
    said = f"{described['prompts']} prompts about {described['concepts']} concepts; power {aim['power']:g}, "
    click.echo(f"{said}significance {aim['significance']:g}")
    if described["images_per_second"] is not None:
        click.echo(f"{described['images_per_second']:g} images a second")
    for one in described["claims"]:
        click.echo(f"\n{one['text']}:")
        models = f" for {one['models']} models" if one["models"] > 1 else ""
        each = "a concept and model" if one["models"] > 1 else "a concept"
        click.echo(f"  {one['pictures']:,} pictures {each}; {one['total']:,} in all{models}{_time(one['hours'])}")
        click.echo(f"  tain generate --probes {probes} --replicates {one['replicates']} ...")
    click.echo(
        "\nClaims about each concept divide the significance by the number of concepts (Bonferroni), a cautious "
        "stand-in for the audit's Benjamini-Hochberg."
    )


def _time(hours: float | None) -> str:
    if hours is None:
        return ""
    minutes = hours * 60
    return f", {minutes * 60:.0f} s" if minutes < 1 else f", {minutes:.0f} min" if hours < 2 else f", {hours:.1f} h"
