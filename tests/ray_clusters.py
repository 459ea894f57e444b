"""Clusters of Ray on this machine, and the processes of them that tests kill."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil

SMALL = 100 << 20


@contextmanager
def cluster(nodes: int, cores: int, gpus: int = 0) -> Iterator[Any]:
    """A cluster of `nodes` raylets beside a head that works for nobody, each with `cores`, and with `gpus` that it
    declares and that need not be there; none is left."""
    import ray
    from ray.cluster_utils import Cluster

    made = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 0, "object_store_memory": SMALL, "include_dashboard": False}
    )
    try:
        workers = [made.add_node(num_cpus=cores, num_gpus=gpus, object_store_memory=SMALL) for _ in range(nodes)]
        made.wait_for_nodes()
        yield made, workers
    finally:
        ray.shutdown()
        made.shutdown()


def victim_of(nodes: list[Any], kind: str) -> int:
    """Return the process to kill: of a `worker` in which a function of ours was made, or of a `node`, its raylet."""
    if kind == "node":
        [raylet] = nodes[0].all_processes["raylet"]
        return int(raylet.process.pid)
    return next(one.pid for one in psutil.Process().children(recursive=True) if "ray::Actor" in _title(one))


def _title(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
