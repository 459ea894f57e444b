"""Whether the measures of an audit keep to a policy, and in words what breaks it."""

from __future__ import annotations

import difflib
import operator
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

from toolkit.audit.audited import measured, open_audit
from toolkit.audit.gating.policy import PolicyRecipe, RuleRecipe, Where
from toolkit.audit.measuring.rows import UNCORRECTED, Row
from toolkit.audit.measuring.tallies import is_census
from toolkit.recipe import load_recipe
from toolkit.store import RunFolder

KEPT, BROKEN, UNCHECKED = "kept", "broken", "nothing to check"
COLUMNS = tuple(Where.model_fields)
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_FIGURES = {"value": "value", "low": "low end", "high": "high end"}


class Breach(NamedTuple):
    """A row that breaks a rule: `row` of the measures table, and `text`, which says how."""

    row: Row
    text: str


class Verdict(NamedTuple):
    """What became of one rule: `outcome` is `kept`, `broken` or `nothing to check`; `checked` rows were looked at,
    `passed_over` had too few labels, or no such figure where the rule lets that pass. `text` says it in a sentence."""

    rule: RuleRecipe
    outcome: str
    checked: int
    passed_over: int
    breaches: tuple[Breach, ...]
    text: str

    @property
    def passed(self) -> bool:
        """Whether this rule lets the gate open."""
        return self.outcome == KEPT or (self.outcome == UNCHECKED and self.rule.no_match == "pass")


def gate(run: RunFolder | str | Path, policy: PolicyRecipe | Mapping[str, Any] | str | Path) -> list[Verdict]:
    """Return the verdict on every rule of `policy` over the audit `run`, in the order of the rules.

    Raises RunError where `run` holds no finished audit, and RecipeError for a wrong policy.
    """
    rules = load_recipe(PolicyRecipe, policy).rules
    rows = measured(open_audit(run.path if isinstance(run, RunFolder) else run))
    return [judge(rule, rows) for rule in rules]


def judge(rule: RuleRecipe, rows: Sequence[Row]) -> Verdict:
    """Return the verdict on `rule` over `rows` of the measures table."""
    matching = [row for row in rows if _matches(row, rule.where)]
    enough = [row for row in matching if (row["n"] or 0) >= rule.min_n or row["not_measurable"] is not None]
    breaches: list[Breach] = []
    checked = 0
    for row in enough:
        lacking = _lacks(row, rule)
        if lacking and rule.not_measurable == "pass":
            continue
        checked += 1
        if lacking:
            breaches.append(Breach(row, f"{_place(row)}: {lacking}"))
        elif _broken(row, rule):
            breaches.append(Breach(row, f"{_place(row)}: {_figures(row, rule)}"))
    passed_over = len(matching) - checked
    outcome = BROKEN if breaches else KEPT if checked else UNCHECKED
    text = _sentence(rule, outcome, checked, passed_over, breaches, rows)
    return Verdict(rule, outcome, checked, passed_over, tuple(breaches), text)


def _matches(row: Row, where: Where) -> bool:
    return all(_named(row[column], getattr(where, column)) for column in COLUMNS)


def _named(value: str, patterns: Sequence[str] | None) -> bool:
    return patterns is None or any(value == one or fnmatchcase(value, one) for one in patterns)


def _lacks(row: Row, rule: RuleRecipe) -> str:
    """Return in words why `row` cannot be held against `rule`; empty where it can."""
    if row["not_measurable"] is not None:
        return f"not measurable, because {row['not_measurable']}"
    if row[rule.figure] is None:
        census = "; a census has no interval" if is_census(row["subject"]) else ""
        return f"not measurable, because it has no {_FIGURES[rule.figure]}{census}"
    if rule.q is not None and row["q"] is None:
        return f"not measurable, because no test gives {row['measure']} a q; audit again, or leave q out"
    return ""


def _broken(row: Row, rule: RuleRecipe) -> bool:
    sure = rule.q is None or row["q"] < rule.q
    return sure and _COMPARE[rule.comparison](row[rule.figure], rule.limit)


def _place(row: Row) -> str:
    said = f"{row['subject']}, slice {row['slice']!r}, {row['attribute']}"
    group = "" if row["group"] == "all" else f" = {row['group']}"
    return f"{said}{group}: {row['measure']} by {row['annotator']} ({row['correction']})"


def _figures(row: Row, rule: RuleRecipe) -> str:
    said = f"{_FIGURES[rule.figure]} {row[rule.figure]:.4g} {rule.comparison} {rule.limit:g}"
    if rule.figure != "value" and row["value"] is not None:
        said += f", value {row['value']:.4g}"
    if row["low"] is not None and row["high"] is not None:
        said += f" [{row['low']:.4g}, {row['high']:.4g}]"
    if row["q"] is not None:
        said += f", q = {row['q']:.2g}"
    return f"{said}, n = {row['n']}"


def _sentence(
    rule: RuleRecipe, outcome: str, checked: int, passed_over: int, breaches: Sequence[Breach], rows: Sequence[Row]
) -> str:
    left = f", {passed_over} passed over" if passed_over else ""
    if outcome == KEPT:
        return f"{rule.name}: kept by all of {checked} figures{left}"
    if outcome == BROKEN:
        which = _by_correction(breaches) if rule.where.correction is None else ""
        return f"{rule.name}: broken by {len(breaches)} of {checked} figures{which}{left}"
    if passed_over:
        few = f"have fewer than {rule.min_n} labels or " if rule.min_n else ""
        lacking = "no such figure" if rule.q is None else "no such figure, or no q"
        return f"{rule.name}: nothing to check: all {passed_over} rows that match {few}hold {lacking}"
    return f"{rule.name}: nothing to check: {_why_nothing(rule.where, rows)}"


def _by_correction(breaches: Sequence[Breach]) -> str:
    """Return how many breaches are of raw figures and of each correction, where a rule looks at several."""
    counts = Counter(one.row["correction"] for one in breaches)
    if set(counts) == {UNCORRECTED}:
        return ""
    return f" ({', '.join(f'{count} {name}' for name, count in sorted(counts.items()))})"


def _why_nothing(where: Where, rows: Sequence[Row]) -> str:
    """Return which part of `where` no row matches, with the nearest name that there is."""
    for column in COLUMNS:
        patterns = getattr(where, column)
        known = sorted({str(row[column]) for row in rows})
        if patterns is not None and not any(_named(value, patterns) for value in known):
            nearest = difflib.get_close_matches(patterns[0], known, n=1, cutoff=0)
            hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
            return f"no row has the {column} {' or '.join(map(repr, patterns))}{hint}"
    return "no row matches all of its `where` at once" if rows else "the audit holds no figures"
