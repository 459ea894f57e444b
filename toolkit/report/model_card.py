"""The section of a model card on whom a model shows: Markdown to paste, with the figures and their limits."""

from __future__ import annotations

from typing import Any

from toolkit.report.measured import ALL, RAW, SHARE, natural
from toolkit.report.wording import percent_of, plain_name, q_value, subject_name, tone_name

CARD_FILE = "report/model-card.md"
_LIMITS = (
    "Labels say how people are presented and perceived in pictures; nobody's identity is claimed.",
    "Shares count the pictures of which an annotator could tell; shares corrected by a confusion matrix count all of "
    "them, prediction-powered ones those in which people could tell. Where there are both, both stand here.",
    "Pictures were painted for the audit's own prompts; other prompts may show other shares.",
)


def model_card(figures: dict[str, Any]) -> str:
    """Return the section of `figures` (see `toolkit.report.figures`), the same for the same figures.

    Every group over all concepts comes with its raw share and every corrected one, a row each, with their q.
    """
    rows = [row for row in figures["measures"] if row["measure"] == SHARE and row["slice"] == ALL]
    rows.sort(key=lambda row: (_place(row), row["correction"] != RAW, row["correction"]))
    trust = figures["validity"]
    lines = [
        "## Bias, risks and limitations",
        "",
        f"Audited with tain: {trust['samples']:,} pictures. {trust['statement'].capitalize()}.",
        "",
        "| model | attribute | group | annotator | correction | share (95 %) | q |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [_line(row) for row in rows if row["value"] is not None]
    lines += ["", "The strongest findings:", "", *(f"- {_cell(one['title'])}" for one in figures["strongest"]), ""]
    return "\n".join([*lines, *(f"- {one}" for one in _LIMITS), ""])


def _place(row: dict[str, Any]) -> tuple[str, ...]:
    """Return what orders the rows, tones in their own order."""
    return (row["subject"], row["attribute"], row["annotator"], *map(str, natural(row["group"])))


def _line(row: dict[str, Any]) -> str:
    of = row["n"] if row["correction"] == RAW else None  # a corrected share is of all pictures
    cells = (
        subject_name(row["subject"]),
        row["attribute"],
        tone_name(row["group"]),
        plain_name(row["annotator"]),
        row["correction"],
        percent_of(row["value"], row["low"], row["high"], of),
        "" if row["q"] is None else q_value(row["q"]),
    )
    return f"| {' | '.join(_cell(one) for one in cells)} |"


def _cell(text: str) -> str:
    """Return `text` in one cell of a table: nothing in it ends the cell or becomes markup."""
    plain = " ".join(text.split())
    return "".join(f"\\{mark}" if mark in "|\\`*_[]<>#" else mark for mark in plain)
