"""When Python looks for circles of objects that nobody reaches any more: they are few here, and looking takes time."""

from __future__ import annotations

import gc


def collect_seldom() -> None:
    """Look after every hundred thousand objects more, not after every seven hundred: a tenth of the time of imports."""
    gc.set_threshold(100_000, 10, 10)
