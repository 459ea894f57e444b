"""What the owners of pages and pictures allow: robots.txt, directives, the TDM Reservation Protocol, opt-out lists."""

from toolkit.sources.web.manners.joined import Manners
from toolkit.sources.web.manners.settings import ALL_OBEYED, MannersSettings

__all__ = ["ALL_OBEYED", "Manners", "MannersSettings"]
