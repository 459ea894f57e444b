"""What a mitigation did and what it cost, in words and cells of tables: for its page and for the dashboard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from toolkit.report.mitigation_charts import TradeOff
from toolkit.report.sections.section import concept, signed
from toolkit.report.wording import count, percent, percent_of, q_value, tone_name

Row = Mapping[str, Any]
SKEW_HEADER = ("Concept", "Shown as", "Target", "Before", "After", "Points", "Of the way", "Halfway", "How sure")
OVER_HEADER = ("Prompts", "Asked", "Touched", "Share")
TOUCHED_HEADER = ("Prompt", "Concept", "What was done", "Words that decided")
WAYS = {
    "prompt": "words added to prompts",
    "guidance": "guidance at sampling time",
    "data": "training again on rebalanced data",
    "finetune": "a short training on rebalanced data",
}


def shown_group(found: Row) -> str:
    """Return the group whose share stands for all: that of the finding where the target has it, else the first."""
    groups = [row["group"] for step in found["steps"] for row in step["skew"]]
    named = found["finding"].get("group")
    return str(named if named in groups or not groups else groups[0])


def way(by: str) -> str:
    """Return what was done, of the way `by`."""
    return WAYS.get(by, by)


def strength_name(strength: float) -> str:
    """Return "strength 0.5", or what no strength at all is."""
    return "as it was" if strength == 0 else f"strength {strength:g}"


def headline(step: Row) -> str:
    """Return the distance from the target before and after, what its change is, and what chance alone would show."""
    bias = step["bias"]
    if bias["change"] is None:
        return "How far the shares are from the target could not be told on both sides."
    before, after = (
        percent_of(bias[one], bias[f"{one}_low"], bias[f"{one}_high"], None) for one in ("before", "after")
    )
    change = f"{signed(bias['change'])} points [{100 * bias['change_low']:.0f}, {100 * bias['change_high']:.0f}]"
    told = "" if bias["change_low"] <= 0 <= bias["change_high"] else ", more than chance"
    return (
        f"Distance from the target, over {count(bias['slices'], 'concept')}: {before} before, {after} after "
        f"({change}{told}). Pictures drawn at the target would show {percent(bias['floor'])}."
    )


def verdict(step: Row, group: str) -> str:
    """Return how many concepts came at least halfway to the target, and away from where they were."""
    rows = [row for row in step["skew"] if row["group"] == group]
    told = [row for row in rows if row["closed"] is not None]
    done = sum(row["halfway"] and row["away_from_start"] for row in told)
    if not told:
        return "No concept was told apart from its target before, so there was no way to go."
    return (
        f"{done} of {count(len(told), 'concept')} that lay away from the target came at least halfway, by more than "
        "chance."
    )


def skew_cells(row: Row) -> tuple[str, ...]:
    """Return cells under `SKEW_HEADER`; where nothing could be judged, they say why."""
    name = (concept(row["slice"]), tone_name(row["group"]), percent(row["target"]))
    sides = tuple(_side(row, one) for one in ("before", "after"))
    if row["not_measurable"] is not None:
        return (*name, *sides, f"not judged: {row['not_measurable']}", "", "", "")
    ends = f"[{100 * row['change_low']:.0f}, {100 * row['change_high']:.0f}]"
    closed = "not apart from it before"
    if row["closed"] is not None:
        closed = f"{percent_of(row['closed'], row['closed_low'], row['closed_high'], None)}"
    halfway = "" if row["closed"] is None else "yes" if row["halfway"] and row["away_from_start"] else "no"
    sure = "" if row["q"] is None else q_value(row["q"])
    return (*name, *sides, f"{signed(row['change'])} {ends}", closed, halfway, sure)


def _side(row: Row, side: str) -> str:
    if row[side] is None:
        return ""
    untold = row.get(f"abstained_{side}") or 0
    words = percent_of(row[side], row[f"{side}_low"], row[f"{side}_high"], row[f"n_{side}"])
    return words + (f", {untold} not told" if untold else "")


def also_words(one: Row) -> str:
    """Return what an attribute besides that of the finding was led to, and how it was read."""
    return (
        f"Also: {one['attribute']}, towards {one['target']['name']} shares, as {one['annotator']} reads it "
        f"({one['correction']})"
    )


def over_cells(row: Row) -> tuple[str, ...]:
    """Return cells under `OVER_HEADER`."""
    share = "none was asked" if row["share"] is None else percent_of(row["share"], row["low"], row["high"], None)
    return (str(row["kind"]), f"{row['requests']:,}", f"{row['steered']:,}", share)


def touched_cells(row: Row) -> tuple[str, ...]:
    """Return cells under `TOUCHED_HEADER`."""
    done = "steered" if row["left_alone"] is None else f"left alone: {row['left_alone']}"
    return (row["prompt"], row["concept"], done, ", ".join(row["words"]))


def trade_off_cells(one: TradeOff) -> tuple[str, str, str, str]:
    """Return cells of a strength: what it is called, bias and adherence with intervals, and whether none beats it."""
    adherence = f"{one.adherence[0]:.3f}"
    if one.strength:  # at the start there is nothing that it is held against
        adherence += f" [{one.adherence[1]:.3f}, {one.adherence[2]:.3f}]"
    return strength_name(one.strength), percent_of(*one.bias, None), adherence, "yes" if one.pareto else "no"


def compute_words(step: Row) -> str:
    """Return what it took to paint and to train."""
    compute = step["compute"]
    pictures = count(compute["pictures"], "picture")
    sides = [compute[f"seconds_painting_{one}"] for one in ("before", "after")]
    took = " and ".join("an unknown time" if one is None else _time(one) for one in sides)
    training = compute["seconds_training"]
    trained = f"; training took {_time(training)}" if training else "; nothing was trained"
    return f"{pictures} painted again; painting took {took}, before and after{_besides(compute)}{trained}."


def _besides(compute: Row) -> str:
    """Return what it took besides to paint prompts that already say the attribute; nothing where none was painted."""
    pictures = compute.get("pictures_already_said") or 0
    if not pictures:
        return ""
    seconds = compute["seconds_painting_already_said"]
    took = "in an unknown time" if seconds is None else f"in {_time(seconds)}"
    return f"; {count(pictures, 'picture')} of prompts that already say it, before and after, {took}"


def abbreviated(rows: Sequence[Any], most: int) -> tuple[Sequence[Any], int]:
    """Return the first `most` rows, and how many are left out."""
    return rows[:most], max(0, len(rows) - most)


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
