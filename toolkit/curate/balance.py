"""Balance: weights of the kept rows that bring the shares of chosen attributes to a target, and what they cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import Field, RootModel, model_validator

from toolkit import schema
from toolkit.curate.groups.attributes import Attribute, read_attributes
from toolkit.curate.groups.recipe import GroupRecipe
from toolkit.errors import RecipeError, RunError
from toolkit.recipe import load_recipe
from toolkit.statistics.raking import design_effect, effective_size, rake, shares
from toolkit.store import RunFolder, create_run, open_run

STAGE = "balance"
OTHERS = "none or several of them"
SHARD_ROWS = 1_000_000

Wanted = dict[str, Annotated[float, Field(gt=0, le=1)]] | Literal["uniform"]


class Target(RootModel[dict[str, Wanted]]):
    """The shares wanted of the groups of each attribute, among the rows that are of exactly one of these groups."""

    @model_validator(mode="after")
    def _are_shares(self) -> Target:
        if not self.root:
            raise ValueError("no attribute is named; give one, such as `gender: {woman: 0.5, man: 0.5}`")
        for name, wanted in self.root.items():
            if not isinstance(wanted, str) and (len(wanted) < 2 or abs(sum(wanted.values()) - 1) > 1e-6):
                raise ValueError(f"{name}: shares of two groups or more must sum to 1; found {sum(wanted.values()):g}")
        return self


TargetLike = Target | Mapping[str, Any] | str | Path


class _Margin(NamedTuple):
    """One attribute of the kept rows: `codes` of `groups`, the last for rows that are of none or of several."""

    attribute: str
    groups: tuple[str, ...]
    codes: NDArray[np.int64]
    wanted: NDArray[np.float64]


def balance(run: RunFolder | str | Path, out: str | Path, target: TargetLike, *, cap: float | None = None) -> RunFolder:
    """Return a new run folder at `out` with the weights of the rows that `run` kept, of mean 1.

    `target` names attributes as retention does (gender, age, license, meta.KEY), each with the shares wanted of its
    groups, or `uniform` for equal shares of all it has; of labels of one name by several annotators the first by name
    is taken. The shares are among rows of exactly one of those groups; the share of all other rows stays as it is.
    `cap` bounds every weight. The counts of the stage say what the weights cost: Kish's effective sample size and
    design effect, and the shares before and after.

    Raises RecipeError for a target of other attributes or groups, and RunError where the target cannot be met, where
    `run` kept nothing, or `out` is in the way.
    """
    checked = load_recipe(Target, target)
    given = run if isinstance(run, RunFolder) else open_run(run)
    sample_ids, kept = _kept(given)
    margins = [_margin(one, wanted, kept) for one, wanted in _attributes(given, checked)]
    found = _raked(margins, cap)
    made = create_run(out)
    arguments = {"target": checked.model_dump(mode="json"), "cap": cap}
    with made.stage(STAGE, arguments=arguments, inputs=[given]) as counts:
        for index, start in enumerate(range(0, len(found), SHARD_ROWS)):
            part = slice(start, start + SHARD_ROWS)
            columns = {"sample_id": sample_ids[part].to_pylist(), "weight": found[part].tolist()}
            made.write_shard("weights", index, schema.from_columns("weights", columns))
        counts.update(_counts(margins, found))
    return made


def _kept(run: RunFolder) -> tuple[pa.ChunkedArray, NDArray[np.bool_]]:
    """Return the sample_ids of the kept rows, and which rows those are, in the order of the scores."""
    holder = run.find("decisions")
    if holder is None:
        raise RunError(f"{run.path} has no decisions; give a run that tain curate or tain decide wrote")
    decisions = holder.read("decisions", columns=["sample_id", "keep"])
    if not pc.any(decisions["keep"]).as_py():
        raise RunError(f"{run.path} kept no row, so there is nothing to weigh")
    return decisions.filter(decisions["keep"])["sample_id"], decisions["keep"].to_numpy()


def _attributes(run: RunFolder, target: Target) -> list[tuple[Attribute, Wanted]]:
    scored = run.find("scores")
    if scored is None:
        raise RunError(f"{run.path} has no scores; give a run that tain curate or tain decide wrote")
    asked = GroupRecipe.model_validate((_recipe(run) or {}).get("groups", {}))
    further = tuple(name for name in target.root if name.startswith("meta.") and name not in asked.columns)
    found = read_attributes(scored, asked.model_copy(update={"columns": (*asked.columns, *further)})).attributes
    chosen = []
    for name, wanted in target.root.items():
        of_name = [one for one in found if one.name == name]
        if not of_name:
            known = ", ".join(sorted({one.name for one in found}))
            raise RecipeError(f"target: there is no attribute {name!r}; {run.path} has {known}, and meta.KEY")
        chosen.append((of_name[0], wanted))
    return chosen


def _recipe(run: RunFolder) -> dict[str, Any] | None:
    """Return the recipe by which `run` or the run behind it was decided."""
    holder = run.find("decisions")
    entries = holder.stages.values() if holder is not None else ()
    return next((entry["recipe"] for entry in entries if entry.get("recipe")), None)


def _margin(attribute: Attribute, wanted: Wanted, kept: NDArray[np.bool_]) -> _Margin:
    codes = attribute.codes[kept]
    present = np.flatnonzero(np.bincount(codes, minlength=len(attribute.combinations)))
    single = {attribute.combinations[one][0] for one in present.tolist() if len(attribute.combinations[one]) == 1}
    if isinstance(wanted, str):
        wanted = dict.fromkeys(sorted(single), 1 / max(1, len(single)))
    missing = sorted(set(wanted) - single)
    if missing or len(wanted) < 2:
        raise RecipeError(
            f"target.{attribute.name}: no kept row is of {', '.join(map(repr, missing)) or 'two groups'} alone, so no "
            f"weight gives it a share; kept rows are of {', '.join(sorted(single)) or 'no group'}"
        )
    places = {group: place for place, group in enumerate(wanted)}
    of = [places.get(one[0], len(places)) if len(one) == 1 else len(places) for one in attribute.combinations]
    margin = np.array(of, dtype=np.int64)[codes]
    named = float((margin < len(places)).mean())
    shares_wanted = named * np.array(list(wanted.values())) / sum(wanted.values())
    if named == 1:
        return _Margin(attribute.name, tuple(wanted), margin, shares_wanted)
    return _Margin(attribute.name, (*wanted, OTHERS), margin, np.append(shares_wanted, 1 - named))


def _raked(margins: Sequence[_Margin], cap: float | None) -> NDArray[np.float64]:
    try:
        found = rake([one.codes for one in margins], [one.wanted for one in margins], cap=cap)
    except ValueError as error:
        raise RecipeError(f"target: {error}") from error
    if found.converged:
        return found.weights
    worst = max(margins, key=lambda one: _errors(one, found.weights).max())
    place = int(_errors(worst, found.weights).argmax())
    reached = shares(worst.codes, len(worst.groups), found.weights)[place]
    bound = "" if cap is None else f" with no weight above {cap:g}"
    raise RunError(
        f"the target cannot be met{bound}: after {found.rounds:,} rounds {worst.attribute} = {worst.groups[place]} has "
        f"a share of {reached:.6f} of all kept rows rather than {worst.wanted[place]:.6f}; ask for less"
        f"{'' if cap is None else ', or raise the cap'}, or for fewer attributes at once"
    )


def _errors(margin: _Margin, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.abs(shares(margin.codes, len(margin.groups), weights) - margin.wanted)


def _counts(margins: Sequence[_Margin], weights: NDArray[np.float64]) -> dict[str, Any]:
    def named(one: _Margin, values: NDArray[np.float64]) -> dict[str, float]:
        return {group: round(float(share), 6) for group, share in zip(one.groups, values, strict=True)}

    return {
        "rows": len(weights),
        "n_effective": round(effective_size(weights), 3),
        "design_effect": round(design_effect(weights), 6),
        "least_weight": round(float(weights.min()), 6),
        "greatest_weight": round(float(weights.max()), 6),
        "shares": {
            one.attribute: {
                "before": named(one, shares(one.codes, len(one.groups))),
                "after": named(one, shares(one.codes, len(one.groups), weights)),
            }
            for one in margins
        },
    }
