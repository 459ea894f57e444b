"""What the scores that data sets bring are called there, from `known_columns.yaml` beside this file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from toolkit.recipe import parse_yaml


def columns_called(name: str) -> tuple[str, ...]:
    """Return the columns of an input in which the score `name` may be, the likeliest first: `name` itself where no data
    set is known to bring it."""
    return _known_columns().get(name, (name,))


@cache
def _known_columns() -> Mapping[str, tuple[str, ...]]:
    lists = parse_yaml((files(__package__) / "known_columns.yaml").read_text("utf-8"))
    return {name: tuple(columns) for name, columns in lists.items()}
