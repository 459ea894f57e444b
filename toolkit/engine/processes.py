"""How worker processes begin: forked from a server that has imported their modules, where the system can do that."""

from __future__ import annotations

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
