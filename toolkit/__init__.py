"""Tain: curates image-text pairs, trains and loads text-to-image models, and measures what their pictures show.

The public API, each name as on the command line:

    curate, decide, export          raw pairs -> scores -> decisions -> a curated set
    balance                         weights of the curated set that bring shares of groups to a target
    fetch                           build the full sets that the bundled sample was drawn from
    scrape                          a list of addresses -> pairs, a row an address
    train, load_pairing             the network that pairs pictures with text
    generate, load_generator        the network that paints
    label, audit, write_report      who appears as what, how often, how sure we are
    write_datasheet                 what a curated set is, in the questions of Datasheets for Datasets
    open_source, open_run           read any pairs, read any run folder
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {
    "audit": "toolkit.audit",
    "balance": "toolkit.curate.balance",
    "curate": "toolkit.curate",
    "decide": "toolkit.curate.stage",
    "export": "toolkit.curate.export.stage",
    "fetch": "toolkit.sources.fetch",
    "generate": "toolkit.generate",
    "label": "toolkit.audit.stage",
    "load_generator": "toolkit.generate.load",
    "load_pairing": "toolkit.models.pairing",
    "open_run": "toolkit.store",
    "open_source": "toolkit.sources",
    "scrape": "toolkit.scrape",
    "train": "toolkit.train",
    "write_datasheet": "toolkit.report.datasheet",
    "write_report": "toolkit.report.stage",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `import toolkit` stays light."""
    if name not in _HOME:
        raise AttributeError(f"module 'toolkit' has no attribute {name!r}; it has {', '.join(_HOME)}")
    home = import_module(_HOME[name])
    return home if _HOME[name] == f"toolkit.{name}" else getattr(home, name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
