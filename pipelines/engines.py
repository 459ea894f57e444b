"""The options that say where work runs, and the engine that they name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from toolkit.engine.engine import ENGINES, Engine

engine_option = click.option(
    "--engine", type=click.Choice(ENGINES), default="local", show_default=True, help="Where workers are (extra: ray)."
)
address_option = click.option("--address", help="Cluster of Ray to join: auto, or HOST:PORT [one on this machine].")
workers_option = click.option(
    "--workers", type=click.IntRange(min=1), help="Processes at work; the default is this one, of ray one a core."
)


@contextmanager
def workers_of(name: str, workers: int | None, address: str | None) -> Iterator[Engine | None]:
    """Yield the engine called `name`; None where this process is to do the work itself."""
    from toolkit.engine.opening import open_engine

    with open_engine(name, workers=workers, address=address) as opened:
        yield None if name == "local" and workers in (None, 1) else opened
