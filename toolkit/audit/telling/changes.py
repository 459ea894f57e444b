"""Changes told in words: the step that moved a share, what a word of the prompt does, how far from a reference."""

from __future__ import annotations

from toolkit.audit.measuring.rows import UNCORRECTED
from toolkit.audit.measuring.tallies import is_census
from toolkit.audit.subjects import ALL
from toolkit.audit.telling import wording
from toolkit.audit.telling.finding import (
    APART,
    EFFECT,
    FURTHER,
    MOVED,
    Finding,
    Measures,
    Row,
    beyond_chance,
    is_sure,
    make_finding,
)

BEFORE = {
    "raw": "of all pairs",
    "kept": "of the kept pairs",
    "captions": "of what captions of the kept pairs name",
    "generated": "of what was painted",
}
BY = {"kept": "curation", "captions": "captions", "generated": "the model"}


def tell_ledger(row: Row, known: Measures) -> Finding | None:
    """Return the step from data to picture that moved a share most; of two groups the one that gained."""
    step = row["reference"]
    change = known.beside(row, f"ledger_change_{step}")
    if change is None or _mirrors(row, known):
        return None
    before, after = (known.beside(row, f"ledger_{one}") for one in (change["reference"], step))
    if before is None or after is None:
        return None
    title = (
        f"{BY[step]} moves '{row['slice']}' {wording.presented(row)} from {wording.percent(before['value'])} "
        f"({BEFORE[change['reference']]}) to {wording.percent(after['value'])} ({BEFORE[step]}), "
        f"{wording.points(row)}, more than any other step from the data to {row['subject']}"
    )
    return make_finding(row, title, beyond_chance(row), MOVED)


def tell_counterfactual(row: Row, known: Measures) -> Finding | None:
    """Return what one word changes in another attribute than the one it names: that a woman who was asked for is
    painted is no finding."""
    group, _, contrast = row["group"].partition(": ")
    name, _, words = contrast.partition(" ")
    if not is_sure(row) or name.replace("_", " ").lower() in row["attribute"].lower():
        return None
    if _mirrors(row, known):
        return None
    value, _, counterpart = words.partition(" against ")
    shown = wording.presented(row | {"group": group})
    title = (
        f"{value} instead of {counterpart} ({name}) in the prompt, on the same noise, has {row['subject']} paint "
        f"{wording.of_what(row)} {shown} {wording.points(row)} {_more(row)} often, n = {row['n']} pairs"
    )
    return make_finding(row, title, beyond_chance(row), EFFECT)


def tell_amplification(row: Row, known: Measures) -> Finding | None:
    """Return how much further from equal shares than its nearest captions a model goes, over all concepts."""
    if row["slice"] != ALL or row["low"] is None or row["value"] <= 0:
        return None
    title = (
        f"{row['subject']} goes {wording.points(row)} further from equal shares of {row['attribute']} than the data's "
        f"pictures whose captions are nearest to its prompts (mean; {row['reference']}; by chance "
        f"{100 * row['floor']:.0f})"
    )
    return make_finding(row, title, beyond_chance(row), FURTHER)


def tell_reference(row: Row, known: Measures) -> Finding | None:
    """Return how far a share lies from a published one; of two groups the one that is shown more often."""
    if is_census(row["subject"]) or not is_sure(row) or _mirrors(row, known):
        return None
    share = known.beside(row, "share")
    title = (
        f"{row['subject']} paints {wording.of_what(row)} {wording.presented(row)} {wording.points(row)} "
        f"{_more(row)} often than {row['reference']}"
    )
    if share is not None and share["value"] is not None:
        title += f" ({wording.percent(share['value'])}; there {wording.percent(share['value'] - row['value'])})"
    if row["correction"] != UNCORRECTED:
        title += ", corrected for the annotator's errors"
    return make_finding(row, title, beyond_chance(row), APART)


def _mirrors(row: Row, known: Measures) -> bool:
    return bool(row["value"] < 0) and known.groups(row) == 2


def _more(row: Row) -> str:
    return "more" if row["value"] > 0 else "less"
