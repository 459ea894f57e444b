"""What stands in the address for a view of a page, so that other pages can lead to it."""

from __future__ import annotations

RATES, PIXELS, ASIDE = "how often it is shown", "colour, light and layout", "set aside in the data"  # of safety
DIVERSE, MEMORY, PATHS = "least diverse prompts", "nearest training pictures", "from snow to picture"  # of diversity
ALONE = "this run alone, word by word"  # of Compare: nothing to compare with
