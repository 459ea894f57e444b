"""Probe sets that come with the package, found by name: `set:occupations`."""

from __future__ import annotations

import difflib
from pathlib import Path

from toolkit.errors import RecipeError

PREFIX = "set:"
FOLDER = Path(__file__).parent / "audit" / "probe_sets"


def is_set(given: object) -> bool:
    """Return whether `given` names a probe set rather than a file."""
    return str(given).startswith(PREFIX)


def set_names(ending: str = ".yaml") -> list[str]:
    """Return the names of all probe sets, or of those with a file of another `ending`."""
    return sorted(path.stem for path in FOLDER.glob(f"*{ending}"))


def set_file(given: object, ending: str = ".yaml") -> Path:
    """Return the file of the probe set that `given` names: `set:NAME`.

    Raises RecipeError for a name that no set has, with the nearest one.
    """
    name = str(given).removeprefix(PREFIX)
    known = set_names(ending)
    if name not in known:
        nearest = difflib.get_close_matches(name, known, n=1, cutoff=0)
        hint = f"; did you mean {PREFIX}{nearest[0]}?" if nearest else ""
        raise RecipeError(f"no probe set {given} with a {ending} file{hint} The sets are {', '.join(known)}")
    return FOLDER / f"{name}{ending}"
