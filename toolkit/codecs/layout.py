"""What the first bytes of a picture say, without a decoder: a module for each format reads them."""

from __future__ import annotations

from typing import NamedTuple


class Layout(NamedTuple):
    """Size in pixels, the format as Pillow names it, and whether there are several frames.

    `plain`: upright, 8 bits a channel, one frame, nothing that calls for conversion; a fast decoder gives what Pillow
    would.
    """

    width: int
    height: int
    format: str
    animated: bool
    plain: bool
