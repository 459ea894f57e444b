"""What pages import, read while people look at the first one: imports take a second or two where nobody waits."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

# What pages import when they show something: charts, intervals, thresholds, comparisons.
LATER = (
    "altair",
    "dashboards.charts",
    "dashboards.charts_data",
    "dashboards.mapping.figure",
    "plotly.graph_objects",
    "scipy.stats",
    "statsmodels.stats.multitest",
    "toolkit.curate.exploring.opening",
    "toolkit.curate.exploring.group_changes",
    "toolkit.audit.comparing.compare",
)
_log = logging.getLogger(__name__)


@asynccontextmanager
async def reading_ahead(app: object) -> AsyncIterator[dict[str, Any]]:
    """Begin to import what pages need when the server of `app` starts, beside it."""
    threading.Thread(target=read_ahead, name="reading ahead", daemon=True).start()
    yield {}


def read_ahead() -> None:
    """Import every page, and then what they import when they show something."""
    from dashboards import pages

    for name in (*(f"dashboards.pages.{one.name}" for one in iter_modules(pages.__path__)), *LATER):
        try:
            import_module(name)
        except Exception as error:  # a package that is missing or broken: the page that needs it says so
            _log.info("%s was not read ahead: %s", name, error)
