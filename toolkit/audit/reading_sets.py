"""Sets of attributes that come along to be read by texts, by name: `content` for what pictures show."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import yaml


def reading_set(name: str) -> list[dict[str, Any]]:
    """Return the attributes of the set `name`, each as a recipe writes one: `attribute`, `prompts` and thresholds.

    Raises ValueError that names the sets there are.
    """
    folder = files("toolkit.audit.annotators") / "reading_sets"
    known = sorted(one.name.removesuffix(".yaml") for one in folder.iterdir() if one.name.endswith(".yaml"))
    if name not in known:
        raise ValueError(f"no set of readings is called {name!r}; there are {', '.join(known)}, or give a mapping")
    found: list[dict[str, Any]] = yaml.safe_load((folder / f"{name}.yaml").read_text("utf-8"))
    return found
