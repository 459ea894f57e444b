"""A comparison in words: sentences, and a page of Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from toolkit.audit.subjects import ALL

Told = Mapping[str, Any]
SHOWN = 50


def sentence(one: Told) -> str:
    """Return what changed, from how much to how much, with the interval of the difference, n and q."""
    who = one["subject_a"] if one["subject_a"] == one["subject_b"] else f"{one['subject_a']} -> {one['subject_b']}"
    where = "over all probes" if one["slice"] == ALL else f"'{one['slice']}'"
    shares = f"{_percent(one['share_a'])} -> {_percent(one['share_b'])}"
    corrected = "" if one["correction"] == "uncorrected" else f", corrected by {one['correction']}"
    said = (
        f"{who}, {where}: {one['attribute']} = {one['group']} {shares} ({_points(one)}{corrected}; {one['annotator']}"
    )
    return f"{said}), n = {one['n_a']} and {one['n_b']}{_tests(one)}"


def cost_sentence(one: Told) -> str:
    """Return what a figure of the pictures was, is, and by how much it changed, or why that could not be told."""
    what = f"{one['subject_b']}, {one['measure']}"
    if one["not_measurable"] is not None:
        return f"{what}: not measurable: {one['not_measurable']}"
    change = f"{one['change']:+.3g} [{one['low']:+.3g}, {one['high']:+.3g}]"
    figures = f"{one['before']:.3g} -> {one['after']:.3g} ({change})"
    return f"{what} ({one['better']} is better): {figures}, {one['pairs']} pairs of one seed"


def as_markdown(described: Mapping[str, Any]) -> str:
    """Return a page of what `Comparison.described` holds."""
    told, rows = described["told"], described["rows"]
    lines = [
        "# Two audits compared",
        "",
        f"A is `{described['a']}`, B is `{described['b']}`; a difference is B minus A, in percentage points.",
        "",
        "## What changed",
        "",
        *([f"- {sentence(one)}" for one in told[:SHOWN]] or ["Nothing stands out beyond chance."]),
        *([f"- and {len(told) - SHOWN} more, in compare.json"] if len(told) > SHOWN else []),
        "",
    ]
    costs = [one for one in described["costs"] if one["slice"] == ALL]
    if costs:
        lines += ["## What it cost", "", *(f"- {cost_sentence(one)}" for one in costs), ""]
    if described["cautions"]:
        lines += ["## What to bear in mind", "", *(f"- {one}" for one in described["cautions"]), ""]
    lines += ["## All shares", "", *_table([one for one in rows if one["not_measurable"] is None])]
    lost = [one for one in rows if one["not_measurable"] is not None]
    if lost:
        lines += ["## What could not be compared", ""]
        places: dict[tuple[str, ...], list[str]] = {}
        for one in lost:
            where = (one["slice"], one["attribute"], one["annotator"], one["correction"], one["not_measurable"])
            places.setdefault(where, []).append(one["group"])
        lines += [
            f"- {', '.join(where[:2])} = {', '.join(groups)} ({', '.join(where[2:4])}): {where[4]}"
            for where, groups in places.items()
        ]
        lines.append("")
    lines += ["## How", "", _how(described), ""]
    return "\n".join(lines)


def _table(rows: Sequence[Told]) -> list[str]:
    if not rows:
        return ["None.", ""]
    heading = ["subject", "slice", "attribute", "group", "by", "A", "B", "B - A", "n", "q", "changed pairs", "paired q"]
    lines = [f"| {' | '.join(heading)} |", f"|{'---|' * len(heading)}"]
    for one in rows:
        who = one["subject_a"] if one["subject_a"] == one["subject_b"] else f"{one['subject_a']} -> {one['subject_b']}"
        pairs = "" if one["pairs"] is None else f"+{one['gained']} -{one['lost']} of {one['pairs']}"
        cells = [
            who,
            one["slice"],
            one["attribute"],
            one["group"],
            f"{one['annotator']}, {one['correction']}",
            _percent(one["share_a"]),
            _percent(one["share_b"]),
            _points(one),
            f"{one['n_a']}, {one['n_b']}",
            _q(one["q"]),
            pairs,
            _q(one["paired_q"]),
        ]
        lines.append(f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |")
    return [*lines, ""]


def _how(described: Mapping[str, Any]) -> str:
    return (
        "Intervals of a difference come from the two shares' own intervals (Newcombe 1998, method 10). Raw shares are "
        "tested by Fisher's exact test on independent draws, corrected ones by the errors that their intervals imply, "
        "pictures of one prompt and seed by McNemar's exact test. q is Benjamini-Hochberg's, over "
        f"{described['family']}. A change is told where a q is at most 0.05."
    )


def _tests(one: Told) -> str:
    if one["q"] is None:
        return ", both a census"
    said = f", q {_q(one['q'])}"
    if one["pairs"] is not None:
        said += f"; of {one['pairs']} pairs of one seed {one['gained']} gained it and {one['lost']} lost it"
        said += f", q {_q(one['paired_q'])}"
    return said


def _points(one: Told) -> str:
    said = f"{100 * one['value']:+.1f} points"
    return said if one["low"] is None else f"{said} [{100 * one['low']:+.1f}, {100 * one['high']:+.1f}]"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _q(q: float | None) -> str:
    return "" if q is None else "< 0.001" if q < 0.001 else f"{q:.3f}"
