"""What is told of pictures as a whole: near copies, pictures that do not show what was asked, the network itself."""

from __future__ import annotations

from toolkit.audit.subjects import ALL
from toolkit.audit.telling import wording
from toolkit.audit.telling.finding import (
    ASKED,
    COPIED,
    NETWORK,
    SIGNIFICANT,
    Finding,
    Measures,
    Row,
    is_sure,
    make_finding,
    told_share,
)

NEIGHBOURS, HELD_OUT = "share_above_neighbours_99", "share_above_held_out_99"


def tell_copies(row: Row, known: Measures) -> Finding | None:
    """Return that more pictures than usual lie nearer to a training picture than 99 % of the set's own do; nothing
    where it is known what training did not see, which tells more."""
    held_out = known.beside(row, HELD_OUT)
    if held_out is not None and held_out["value"] is not None:
        return None
    return _copies(row, f"{wording.percent(row['floor'])} of the training pictures lie to one another")


def tell_copies_held_out(row: Row, known: Measures) -> Finding | None:
    """Return that more pictures lie near to a training picture than pictures do that training did not see."""
    unseen = str(row["reference"] or "").partition("; null: ")[2] or "pictures that training did not see"
    return _copies(row, f"{wording.percent(row['floor'])} of {unseen}, do")


def _copies(row: Row, usual: str) -> Finding | None:
    if not is_sure(row) or row["low"] <= row["floor"]:
        return None
    title = (
        f"{wording.percent(row['value'])} {wording.interval(row)} of what {row['subject']} paints of "
        f"{wording.of_what(row)} lie as near to a training picture as {usual}, n = {row['n']}: look for copies"
    )
    return make_finding(row, title, (row["low"] - row["floor"]) * told_share(row), COPIED)


def tell_adherence(row: Row, known: Measures) -> Finding | None:
    """Return that pictures do not show what was asked: their own prompt is nearest no more often than by chance."""
    if row["slice"] != ALL or row["p"] is None or row["p"] <= SIGNIFICANT:
        return None
    title = (
        f"pictures of {row['subject']} lie nearest to their own prompt no more often than by chance: "
        f"{wording.percent(row['value'])} {wording.interval(row)}, by chance {wording.percent(row['floor'])}, "
        f"n = {row['n']}; no share says much of pictures that do not show what was asked"
    )
    return make_finding(row, title, 1 - row["value"], ASKED)


def tell_association(row: Row, known: Measures) -> Finding | None:
    """Return that the network which reads the pictures itself ties words together (WEAT). The most that d can be, 2,
    counts as much as a share of all."""
    if not is_sure(row):
        return None
    title = (
        f"the pairing network itself holds {row['group']} together: d = {row['value']:.2f} "
        f"[{row['low']:.2f}, {row['high']:.2f}] of at most 2; its labels may lean the same way"
    )
    return make_finding(row, title, max(0.0, row["low"]) / 4, NETWORK)
