"""How worker processes begin, forked from a server that has imported their modules, and what no process need import."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.context import ForkServerContext, SpawnContext


def worker_context(modules: Sequence[str]) -> ForkServerContext | SpawnContext:
    """Return the context that workers are started in: forked from a server that imports `modules`, else spawned.

    The server starts with the first worker, or with `warm_up`; what it has imported by then is all that it imports.
    It runs no code of ours and loads no network, so that a fork of it shares no lock and no thread that matters.
    """
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload(list(modules))
    return context


def warm_up(modules: Sequence[str]) -> None:
    """Start the server of `worker_context` now, so that it imports `modules` while this process does so itself."""
    if isinstance(worker_context(modules), ForkServerContext):
        from multiprocessing.forkserver import ensure_running

        ensure_running()


def do_without_pandas() -> None:
    """Let pyarrow take it that nobody here hands it pandas objects; where pandas is loaded already nothing is done.

    Asked for its first array, pyarrow imports pandas, only to tell a list from a Series: a fifth of the time that a
    small run takes. Once somebody wants pandas (`to_pandas`), it is imported after all, and from then on asked.
    """
    if "pandas" in sys.modules:
        return
    import pyarrow as pa

    sys.meta_path.insert(0, _NoPandas)
    try:
        pa.scalar(0)
    finally:
        sys.meta_path.remove(_NoPandas)


class _NoPandas:
    """A finder of modules that cannot find pandas."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("not asked for", name=name)
