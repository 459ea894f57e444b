"""Whom curation leaves out: of the rows of each group, how many each rule kept, beside the others of its attribute."""

from __future__ import annotations

from typing import Any, NamedTuple

from toolkit.report.wording import count, percent, percent_of, plain_name, q_value
from toolkit.store import RunFolder

# The measures that curation writes; `toolkit.report.measured` leaves them to this module.
RETENTION, ALONE, RATIO = "retention", "retention_alone", "retention_ratio"
BEFORE, AFTER, AMPLIFICATION = "share_before", "share_after", "amplification"
MEASURES = frozenset({RETENTION, ALONE, RATIO, BEFORE, AFTER, AMPLIFICATION})
ALL_RULES = "all"
ANY_NAMED, NONE_NAMED = "any named", "none named"
METADATA = "metadata"
SIGNIFICANT = 0.05

Row = dict[str, Any]


class Figure(NamedTuple):
    """A value with the ends of its interval, None where there is none."""

    value: float | None
    low: float | None = None
    high: float | None = None


NOTHING = Figure(None)


class Retained(NamedTuple):
    """What `rule` (`all`: all of them) did to the rows of `group`: `reached` came to it, `kept` stayed.

    `ratio` is the retention rate over that of `best`; `share_before`, `share_after` and `amplification` their quotient
    are among the rows that name any group of the attribute. `alone` is the rate were the rule the only one. `q` belongs
    to the test that the others are kept as often. `why` says why nothing was tested. `flagged`: the group is kept less
    often than its others, q at most 0.05. `taken_by` is the rule that took most of the group's rows, of all rules.
    """

    attribute: str
    annotator: str
    group: str
    rule: str
    reached: int
    kept: int
    rate: Figure
    ratio: Figure
    best: str | None
    share_before: float | None
    share_after: Figure
    amplification: Figure
    alone: Figure
    q: float | None
    why: str | None
    flagged: bool
    taken_by: str | None


def retention(run: RunFolder) -> list[Retained]:
    """Return what the decisions that `run` or its inputs hold did to each group, by attribute and rule.

    Within them flagged groups come first, then those that lose most beside the best-kept one; any and none come last.
    """
    holder = run.find("decisions")
    if holder is None or not holder.has("measures"):
        return []
    found: dict[tuple[str, str, str, str], dict[str, Row]] = {}
    lost: dict[tuple[str, str, str], dict[str, int]] = {}
    for row in holder.read("measures").to_pylist():
        attribute, annotator, group, rule = (row[c] for c in ("attribute", "annotator", "group", "slice"))
        if row["measure"] in MEASURES:
            found.setdefault((attribute, annotator, group, rule), {})[row["measure"]] = row
        if row["measure"] == RETENTION and rule != ALL_RULES:
            lost.setdefault((attribute, annotator, group), {})[rule] = row["n"] - round(row["n"] * row["value"])
    kept = [_retained(*key, rows, _most(lost.get(key[:3], {}))) for key, rows in found.items() if RETENTION in rows]
    return sorted(kept, key=_order)


def people(found: list[Retained]) -> list[Retained]:
    """Return what all rules together did to the groups that captions or pictures show, not those of metadata."""
    return [one for one in found if one.rule == ALL_RULES and one.annotator != METADATA]


def left_out(found: list[Retained]) -> list[Retained]:
    """Return what is flagged: groups of people first, then those of metadata, then rows that name nobody; in each the
    group first that gets rarest, by the end of the interval that says least."""
    return sorted((one for one in found if one.flagged), key=_urgency)


def sentences(found: list[Retained]) -> list[str]:
    """Return a sentence for each group that is left out, in the order of `left_out`."""
    return [
        f"{plain_name(one.attribute)}, {rule_name(one.rule)}: {in_words(one, best_of(one, found))}"
        for one in left_out(found)
    ]


def rule_name(rule: str) -> str:
    """Return a rule as people say it; `all` is all rules together."""
    return "all rules" if rule == ALL_RULES else plain_name(rule)


def in_words(one: Retained, best: Retained | None = None) -> str:
    """Return "woman: 812 of 1,004 kept (81 % [78, 83]); best kept: man 90 %; caption words took most others"."""
    rate = percent_of(one.rate.value, one.rate.low, one.rate.high, None)
    words = f"{one.group}: {one.kept:,} of {count(one.reached, 'row')} kept ({rate})"
    if best is not None and best.group != one.group:
        words += f"; best kept: {best.group} {percent(best.rate.value)}"
    if one.taken_by is not None and one.rule == ALL_RULES:
        words += f"; {plain_name(one.taken_by)} took most others"
    if one.amplification.value is not None:
        words += f"; its share went from {percent(one.share_before)} to {percent(one.share_after.value)}"
    if one.why is not None:
        return f"{words}; too few to tell: {one.why}"
    return words if one.q is None else f"{words}; {q_value(one.q)}"


def best_of(one: Retained, among: list[Retained]) -> Retained | None:
    """Return the best-kept group beside `one`: of its attribute and rule."""
    same = (one.attribute, one.annotator, one.rule, one.best)
    return next((two for two in among if (two.attribute, two.annotator, two.rule, two.group) == same), None)


def _retained(
    attribute: str, annotator: str, group: str, rule: str, rows: dict[str, Row], taken_by: str | None
) -> Retained:
    rate = rows[RETENTION]
    reached, value = int(rate["n"]), rate["value"]
    amplification = _figure(rows.get(AMPLIFICATION))
    rarer = amplification.value is not None and amplification.value < 1
    best = rows[RATIO]["reference"].removeprefix("best kept: ") if RATIO in rows else None
    return Retained(
        attribute=attribute,
        annotator=annotator,
        group=group,
        rule=rule,
        reached=reached,
        kept=round(reached * value),
        rate=_figure(rate),
        ratio=_figure(rows.get(RATIO)),
        best=best,
        share_before=rows[BEFORE]["value"] if BEFORE in rows else None,
        share_after=_figure(rows.get(AFTER)),
        amplification=amplification,
        alone=_figure(rows.get(ALONE)),
        q=rate["q"],
        why=rate["not_measurable"],
        flagged=rarer and rate["q"] is not None and rate["q"] <= SIGNIFICANT,
        taken_by=taken_by,
    )


def _most(lost: dict[str, int]) -> str | None:
    """Return the rule that took most rows, the first by name of several; None where none took any."""
    return max(sorted(lost), key=lost.__getitem__) if any(lost.values()) else None


def _figure(row: Row | None) -> Figure:
    return NOTHING if row is None else Figure(row["value"], row["low"], row["high"])


def _urgency(one: Retained) -> tuple[object, ...]:
    rarer = 1.0 if one.amplification.high is None else one.amplification.high
    return (one.group == NONE_NAMED, one.annotator == METADATA, rarer, *one[:4])


def _order(one: Retained) -> tuple[object, ...]:
    unnamed = one.group in (ANY_NAMED, NONE_NAMED)
    ratio = 1.0 if one.ratio.value is None else one.ratio.value
    place = (one.attribute, one.annotator, one.rule != ALL_RULES, one.rule)
    return (*place, not one.flagged, unnamed, one.why is not None, ratio, one.group)
