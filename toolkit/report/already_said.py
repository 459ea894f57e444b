"""What became of prompts that already say an attribute, in words and cells of a table: for a page and the dashboard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from toolkit.report.sections.section import signed
from toolkit.report.wording import count, percent_of, tone_name

Row = Mapping[str, Any]
_SIDES = ("before", "after")
SAID_HEADER = ("Prompts that say", "Prompts", "Pictures", "Show it before", "Show it after", "Points", "Same request")


def said_cells(row: Row) -> tuple[str, ...]:
    """Return cells under `SAID_HEADER`; where nothing could be told, they say why."""
    said = " or ".join(tone_name(one) for one in row["groups"]) or "all together"
    asked = (said, f"{row['prompts']:,}", f"{row['pictures']:,}", _side(row, "before"), _side(row, "after"))
    alike = f"{row['unchanged']:,} of {row['pictures']:,}"
    if row["not_measurable"] is not None:
        return (*asked, f"not judged: {row['not_measurable']}", alike)
    if row["unchanged"] == row["pictures"]:
        return (*asked, "nothing changed", alike)
    ends = f"[{100 * row['change_low']:.0f}, {100 * row['change_high']:.0f}]"
    return (*asked, f"{signed(row['change'])} {ends}", alike)


def said_sentence(step: Row) -> str:
    """Return whether pictures of prompts that already say a value still show it, after a step of mitigation.json."""
    rows: Sequence[Row] = step.get("already_said", ())
    whole = next((row for row in rows if not row["groups"]), None)
    if whole is None:
        return (
            "Whether prompts that already say the attribute are still painted as they say was not looked at: "
            "--over-application N paints N pictures of each."
        )
    of = f"{count(whole['prompts'], 'prompt')} that already {'says' if whole['prompts'] == 1 else 'say'} the attribute"
    if whole["not_measurable"] is not None:
        return f"Of {of}: {whole['not_measurable']}."
    if whole["unchanged"] == whole["pictures"]:
        return f"{of}: none of their requests is touched, so nothing changed."
    low, high = whole["change_low"], whole["change_high"]
    if low > 0:
        verdict = "more often than before, beyond chance"
    elif high < 0:
        verdict = "less often than before, beyond chance"
    else:
        verdict = "no more and no less often than before, as far as can be told"
    before, after = (percent_of(whole[one], whole[f"{one}_low"], whole[f"{one}_high"], None) for one in _SIDES)
    return f"Pictures of {of} show what these say {verdict}: {before} before, {after} after."


def _side(row: Row, side: str) -> str:
    untold = row[f"abstained_{side}"]
    words = (
        "" if row[side] is None else percent_of(row[side], row[f"{side}_low"], row[f"{side}_high"], row[f"n_{side}"])
    )
    return words + (f"{', ' if words else ''}{untold} not told" if untold else "")
