"""Lets a room be called like the function it is named after: `toolkit.curate(...)` runs `toolkit.curate.stage.curate`.

The public API has the verbs of the command line, and the rooms have the same names, so the package itself must answer
the call. Nothing is imported until it is made.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class CallablePackage(ModuleType):
    """A package whose call is passed on to the function of its own name in its `stage` module."""

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        verb = self.__name__.rpartition(".")[2]
        return getattr(import_module(f"{self.__name__}.stage"), verb)(*arguments, **named)


def make_callable(package: str) -> None:
    """Turn the package named `package`, while it is being imported, into a `CallablePackage`."""
    sys.modules[package].__class__ = CallablePackage
