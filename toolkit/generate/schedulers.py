"""Schedulers of diffusers pipelines by name."""

from __future__ import annotations

import inspect
from typing import Any

from toolkit.errors import ModelError

SUFFIX = "Scheduler"


def make_scheduler(pristine: Any, asked: Any) -> Any:
    """Return the scheduler `asked`, configured as `pristine`, the pipeline's own, is.

    `asked` is a name, with or without its "Scheduler" at the end, or a mapping of `name` and options of that class.
    Raises ModelError that names the known schedulers, or the options that the chosen one takes.
    """
    name, options = (asked, {}) if isinstance(asked, str) else (asked.get("name", ""), dict(asked))
    options.pop("name", None)
    known = {kind.__name__: kind for kind in [*pristine.compatibles, type(pristine)]}
    plain = {_plain(one): kind for one, kind in known.items()}
    kind = plain.get(_plain(str(name)))
    if kind is None:
        raise ModelError(f"no scheduler of this pipeline is called {name!r}; known are {', '.join(sorted(known))}")
    accepted = sorted(set(inspect.signature(kind.__init__).parameters) - {"self"})
    for option in sorted(set(options) - set(accepted)):
        raise ModelError(f"{kind.__name__} takes no option {option!r}; it takes {', '.join(accepted)}")
    return kind.from_config(pristine.config, **options)


def _plain(name: str) -> str:
    return name.removesuffix(SUFFIX).replace("_", "").replace("-", "").casefold()
