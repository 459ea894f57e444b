"""What a run's pictures were asked for: the concepts of its probes, and the model that was to paint them."""

from __future__ import annotations

from toolkit.store import RunFolder

UNNAMED_MODEL = "unnamed model"


def concepts_of_requests(run: RunFolder) -> dict[str, list[str]]:
    """Return the concepts of every request that a probe asked for, by request_id; a request of no probe is absent."""
    holder = run.find("probe_requests")
    found: dict[str, set[str]] = {}
    if holder is not None:
        for row in holder.read("probe_requests", columns=["request_id", "attributes"]).to_pylist():
            concept = dict(row["attributes"] or []).get("concept")
            if concept is not None:
                found.setdefault(row["request_id"], set()).add(concept)
    return {request_id: sorted(some) for request_id, some in found.items()}


def painter_of(run: RunFolder) -> str:
    """Return the model as the generate stage was asked for it."""
    recipe = run.stages.get("generate", {}).get("recipe")
    named = recipe.get("model") if isinstance(recipe, dict) else None
    return named if isinstance(named, str) and named else UNNAMED_MODEL
