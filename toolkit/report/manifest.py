"""What made the figures: the runs, their stages, versions, seeds, counts and the hashes of their inputs."""

from __future__ import annotations

from typing import Any

from toolkit.store import RunFolder

RECORDED = ("finished", "seed", "versions", "inputs", "counts")


def lineage(run: RunFolder) -> list[RunFolder]:
    """Return `run` and every run that it was made from, nearest first, each once."""
    found = {run.path.resolve(): run}
    waiting = [run]
    while waiting:
        for one in waiting.pop(0).inputs():
            if one.path.resolve() not in found:
                found[one.path.resolve()] = one
                waiting.append(one)
    return list(found.values())


def manifest(run: RunFolder) -> list[dict[str, Any]]:
    """Return one dict a run: its name, content hash and stages. Timings are left out: they differ every time."""
    return [
        {
            "name": one.path.resolve().name,
            "content_hash": one.content_hash(),
            "tables": {table: sum(rows.num_rows for rows in one.scan(table, columns=[])) for table in one.tables()},
            "stages": {name: {key: entry.get(key) for key in RECORDED} for name, entry in one.stages.items()},
        }
        for one in lineage(run)
    ]


def recipes(run: RunFolder) -> list[dict[str, Any]]:
    """Return for each run of `manifest`, in its order, what the recipe of each stage asked for, by the stage's name."""
    return [
        {name: entry["recipe"] for name, entry in one.stages.items() if entry.get("recipe")} for one in lineage(run)
    ]
