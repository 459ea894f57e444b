"""What pictures cost against those of the same noise, in cells of tables: for pages and for the dashboard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from toolkit.report.measured import ALL
from toolkit.report.sections.section import concept, signed
from toolkit.report.wording import percent, plain_name

Row = Mapping[str, Any]
COST_HEADER = ("Concept", "What", "Before", "After", "Change", "Of before", "Meaning", "Pairs")
COMPARED_HEADER = ("Concept", "What", "Here", "There", "Change", "Of here", "Meaning", "Pairs")
COSTS = {
    "clip_score": "shows what was asked for (cosine with the prompt)",
    "own_prompt_nearest": "its own prompt is the nearest of all",
    "vendi": "different pictures (Vendi score)",
    "intra_prompt_similarity": "how alike pictures of one prompt are",
    "kid": "distance to the data (KID)",
    "fid": "distance to the data (FID)",
}
SHARES = frozenset({"own_prompt_nearest"})


def costs_of(rows: Sequence[Row], slices: Sequence[str]) -> list[Row]:
    """Return the costs of `slices`, one after the other, and then those over all prompts: what a change of some
    concepts cost is seen in these, for among all prompts are those that nobody touched."""
    return [row for name in dict.fromkeys((*slices, ALL)) for row in rows if row["slice"] == name]


def cost_cells(row: Row) -> tuple[str, ...]:
    """Return cells under `COST_HEADER`; where nothing could be told, they say why."""
    what = f"{COSTS.get(row['measure'], plain_name(row['measure']))}; {row['better']} is better"
    if row["not_measurable"] is not None:
        return (concept(row["slice"]), what, "", "", "", "", f"not measurable: {row['not_measurable']}", "")
    share = row["measure"] in SHARES
    before, after = (percent(row[one]) if share else _number(row[one]) for one in ("before", "after"))
    if share:
        change = f"{signed(row['change'])} [{100 * row['low']:.0f}, {100 * row['high']:.0f}]"
    else:
        change = f"{row['change']:+.3g} [{row['low']:+.3g}, {row['high']:+.3g}]"
    relative = "" if row["relative"] is None else f"{100 * row['relative']:+.1f} %"
    return (concept(row["slice"]), what, before, after, change, relative, cost_meaning(row), f"{row['pairs']:,}")


def cost_meaning(row: Row) -> str:
    """Return "better" or "worse" where the interval of a cost leaves out no change; else that none is told."""
    if row["not_measurable"] is not None or row["low"] <= 0 <= row["high"]:
        return "no change told"
    return "better" if (row["change"] > 0) == (row["better"] == "higher") else "worse"


def _number(value: float) -> str:
    return f"{value:.3g}"
