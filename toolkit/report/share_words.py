"""A share in words: whom the pictures show, of how many, how sure that is, and what it is held against."""

from __future__ import annotations

from toolkit.report.measured import BY_REVIEWS, RAW, Row, is_census
from toolkit.report.reference_shares import EVEN, ReferenceShares
from toolkit.report.wording import percent, percent_of, q_value, several

POINTS = 100


def share_in_words(row: Row, reference: ReferenceShares | None = None) -> str:
    """Return "women: 12 % [9, 16] of 400 that could be told; labour statistics: 38 %; ..." of a share, corrected or
    not, or why it has no value."""
    if row["value"] is None:
        what = "Not measured" if row["correction"] == RAW else "Not corrected"
        which = "" if row["correction"] == RAW else f" ({row['correction']})"
        return f"{what}{which}: {row['not_measurable'] or 'no value'}."
    beside = " beside an even share" if reference is not None and reference.key != EVEN else ""
    sure = "" if row["q"] is None else f"; {q_value(row['q'])}{beside}"
    if row["correction"] != RAW:
        share = percent_of(row["value"], row["low"], row["high"], None)
        of = "those in which people could tell" if row["correction"] == BY_REVIEWS else "all pictures"
        return f"Corrected for the annotator's errors ({row['correction']}): {share} of {of}{sure}."
    words = f"{several(row['group'])} {percent_of(row['value'], row['low'], row['high'], row['n'])} that could be told"
    words += reference_in_words(row["slice"], reference)
    words += f"; {row['abstained'] or 0:,} not told"
    words += "; a census, so without an interval" if is_census(row) else f"; {row['correction']}"
    return words + sure + "."


def reference_in_words(slice_name: str, reference: ReferenceShares | None) -> str:
    """Return "; labour statistics: 38 %", or that it says nothing of the slice; empty without a reference."""
    if reference is None:
        return ""
    share = reference.shares.get(slice_name)
    return f"; {reference.name}: {percent(share) if share is not None else 'no figure for it'}"


def distance_in_words(row: Row, reference: ReferenceShares) -> str:
    """Return how far a slice lies from `reference`, of a row of such a distance: of one group, or of all together."""
    of = "All groups together lie" if row["group"] == "all" else f"The share of {several(row['group'])} lies"
    value = row["value"] if row["group"] == "all" else abs(row["value"])
    side = "" if row["group"] == "all" or row["value"] == 0 else " below" if row["value"] < 0 else " above"
    words = f"{of} {round(POINTS * value)} points{_ends(row)}{side or ' from'} {reference.name}"
    words += "" if row["correction"] == RAW else f", corrected by {row['correction']}"
    words += "" if row["floor"] is None else f"; by chance {round(POINTS * row['floor'])} points"
    return words + ("" if row["q"] is None else f"; {q_value(row['q'])}") + "."


def _ends(row: Row) -> str:
    if row["low"] is None or row["high"] is None:
        return ""
    ends = [POINTS * row["low"], POINTS * row["high"]]
    if row["value"] < 0:
        ends = [-ends[1], -ends[0]]
    low, high = (round(one) + 0 for one in ends)
    return f" [{low}, {high}]"
