"""What a run's pictures were asked for: the concepts of its probes, and the model that was to paint them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from toolkit.store import RunFolder

UNNAMED_MODEL = "unnamed model"


class Variant(NamedTuple):
    """A probe that asked for a picture: `pair_id` is shared by the variants of one prompt, `attributes` are the values
    of its slots and attributes by name, `place` is where it stands among all probes that were asked."""

    pair_id: str
    attributes: Mapping[str, str]
    place: int


def variants_of_requests(run: RunFolder) -> dict[str, tuple[Variant, ...]]:
    """Return the probes of every request, by request_id; a request of no probe is absent."""
    holder = run.find("probe_requests")
    found: dict[str, tuple[Variant, ...]] = {}
    if holder is not None:
        rows = holder.read("probe_requests", columns=["request_id", "attributes", "pair_id"]).to_pylist()
        for place, row in enumerate(rows):
            one = Variant(row["pair_id"] or "", dict(row["attributes"] or []), place)
            found[row["request_id"]] = (*found.get(row["request_id"], ()), one)
    return found


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
