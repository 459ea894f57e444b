"""A short text for people: what was found, how sure that is, what could not be measured, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from toolkit.report.measured import ALL, RAW, SHARE, Row
from toolkit.report.wording import count, percent, plain_name, q_value, subject_name

TEXT_FILE = "report/summary.md"
FOUND = 8
_MANY_ABSTAINED = 0.3
_WIDE = 0.15  # half the width of an interval, beyond which a share says little


def summary(figures: dict[str, Any]) -> str:
    """Return the summary of `figures` (see `toolkit.report.figures`) as Markdown, the same for the same figures."""
    parts = {
        f"What we found in {figures['run']}": _found(figures)
        or ["Nothing stands out beyond the noise of so few pictures."],
        "How sure": _sure(figures),
        "What we could not measure": _missing(figures) or ["Nothing that was asked for."],
        "What to do next": _next(figures) or ["Nothing that these figures ask for."],
    }
    return "\n".join(f"## {title}\n\n" + "".join(f"- {line}\n" for line in lines) for title, lines in parts.items())


def _found(figures: dict[str, Any]) -> list[str]:
    return [
        one["title"] + (f" ({q_value(one['q'])})." if one.get("q") is not None else ".")
        for one in figures["findings"][:FOUND]
    ]


def _sure(figures: dict[str, Any]) -> list[str]:
    trust = figures["validity"]
    lines = [f"{count(trust['samples'], 'picture')} painted, {trust['failed']:,} of them failed; {trust['statement']}."]
    lines += [
        f"{plain_name(one['annotator'])} reads {one['attribute']} of {one['told']:,} known pictures of "
        f"{subject_name(one['source'])} as known {percent(one['agreement'])} of the time."
        for one in figures["calibration"]
        if one["agreement"] is not None
    ]
    lines.append("Intervals are of 95 % unless the recipe says otherwise; q counts all concepts of a subject together.")
    return lines


def _missing(figures: dict[str, Any]) -> list[str]:
    return [
        f"{one['attribute']} of {subject_name(one['subject'])} by {plain_name(one['annotator'])}"
        f"{_corrected(one['correction'])}, {count(one['slices'], 'slice')}: {one['why']}."
        for one in figures["validity"]["not_measurable"]
    ]


def _corrected(correction: str) -> str:
    return "" if correction == RAW else f" ({correction})"


def _next(figures: dict[str, Any]) -> list[str]:
    return cautions(figures["measures"])


def cautions(measures: Sequence[Row]) -> list[str]:
    """Return what makes the figures of `measures`, which are of pictures that were drawn, say less than they seem to,
    and what to do about it, a sentence each: nothing is corrected, an annotator that often cannot tell, wide
    intervals."""
    shares = [row for row in measures if row["measure"] == SHARE and row["slice"] == ALL]
    lines = []
    if shares and not any(row["correction"] != RAW for row in shares):
        lines.append(
            "Label some hundred pictures of the audited model by hand, of other concepts than those measured, and give "
            "them by `--calibration`: until then every share is as an annotator that errs reads it."
        )
    for subject, attribute, annotator in sorted({(r["subject"], r["attribute"], r["annotator"]) for r in shares}):
        rows = [r for r in shares if (r["subject"], r["attribute"], r["annotator"]) == (subject, attribute, annotator)]
        seen = max((row["n"] or 0) + (row["abstained"] or 0) for row in rows)
        abstained = max(row["abstained"] or 0 for row in rows)
        if seen and abstained / seen > _MANY_ABSTAINED:
            lines.append(
                f"{plain_name(annotator)} cannot tell {attribute} on {percent(abstained / seen)} of the pictures of "
                f"{subject_name(subject)}: look at those in the dashboard before you quote its shares."
            )
    wide = {row["slice"] for row in measures if _is_wide(row)}
    wide = wide - {ALL} or wide
    if wide:
        names = ", ".join(sorted(wide)[:5])
        lines.append(f"{count(len(wide), 'slice')} with intervals wider than 30 points: paint more of {names}.")
    return lines


def _is_wide(row: dict[str, Any]) -> bool:
    ends = row["low"], row["high"]
    return row["measure"] == SHARE and None not in ends and (ends[1] - ends[0]) / 2 > _WIDE
