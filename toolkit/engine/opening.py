"""Engines by their name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from toolkit.engine.engine import ENGINES, Engine, EngineError
from toolkit.engine.local import LocalEngine
from toolkit.engine.threads import usable_cores


@contextmanager
def open_engine(name: str = "local", *, workers: int | None = None, address: str | None = None) -> Iterator[Engine]:
    """Yield the engine called `name`; what it started is stopped when the block ends.

    `workers` is how many work at once (None: one a core of the machine, or of the cluster). `address` is where Ray
    runs already, `auto` or HOST:PORT; None starts it on this machine. Raises EngineError where it cannot be had.
    """
    if name not in ENGINES:
        raise EngineError(f"there is no engine {name!r}; choose one of {', '.join(ENGINES)}")
    if name == "local":
        if address is not None:
            raise EngineError(f"the engine local has no address, found {address}; add --engine ray, or leave it out")
        yield LocalEngine(workers or usable_cores())
        return
    from toolkit.engine.ray import ray_engine

    with ray_engine(workers=workers, address=address) as engine:
        yield engine
