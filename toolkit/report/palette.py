"""Colours that colour-blind readers can tell apart, and the ten skin tones of the Monk scale as they were published."""

from __future__ import annotations

from toolkit.statistics.skin import MONK_COLOURS

# Okabe & Ito (2008), "Color Universal Design", without the yellow that vanishes on white.
OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")

YELLOW = "#F0E442"  # of Okabe & Ito, as a fill
GREY = "#9aa0a6"

MONK = {f"monk-{tone}": "#{:02x}{:02x}{:02x}".format(*rgb) for tone, rgb in enumerate(MONK_COLOURS, start=1)}


def colour(position: int) -> str:
    """Return the hex colour of series `position`; colours repeat after seven."""
    return OKABE_ITO[position % len(OKABE_ITO)]
