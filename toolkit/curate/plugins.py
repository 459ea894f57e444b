"""Scorers of other people: entry points of the group `tain.scorers`, which a recipe names, with limits on columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import entry_points

from toolkit.curate.limits import LimitRecipe
from toolkit.curate.rule import Rule, Threshold
from toolkit.curate.scorer import Scorer
from toolkit.errors import RecipeError

GROUP = "tain.scorers"

PluggedScorers = Mapping[str, Mapping[str, LimitRecipe]]


def plugged_scorers(asked: PluggedScorers) -> tuple[Scorer, ...]:
    """Return the scorers that `asked` names. Raises RecipeError for a name that no installed package provides, and
    for a limit on a column that the scorer does not have."""
    if not asked:  # looking through all installed packages takes a while
        return ()
    found = {one.name: one for one in entry_points(group=GROUP)}
    scorers = []
    for name, limits in asked.items():
        if name not in found:
            known = ", ".join(sorted(found)) or "none"
            raise RecipeError(
                f"plugins: no scorer is called {name!r}; installed are {known}. Install the package that brings it"
            )
        make: Callable[[], Scorer] = found[name].load()
        scorer = make()
        for column in limits:
            if column not in scorer.columns:
                raise RecipeError(
                    f"plugins.{name}: there is no column {column!r}; the scorer has {', '.join(scorer.columns)}"
                )
        scorers.append(scorer)
    return tuple(scorers)


def plugged_rules(asked: PluggedScorers) -> list[Rule]:
    """Return a threshold for every limit that `asked` sets."""
    return [
        Threshold(column, column, f"{column.replace('_', ' ')} is {{value}}", limit.minimum, limit.maximum)
        for limits in asked.values()
        for column, limit in limits.items()
    ]
