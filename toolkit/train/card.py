"""The model card: what a network was trained on, how, and how well it does on what it has not seen."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from toolkit.recipe import Recipe
from toolkit.store import RunFolder
from toolkit.train.loop import TrainingResult, Watched
from toolkit.train.training_set import TrainingPairs, TrainingSet
from toolkit.versions import installed_versions


class Start(NamedTuple):
    """What a training went on from: a model's `name`, its class, its fingerprint, and its licence where it says one."""

    name: str
    kind: str
    fingerprint: str
    licence: str | None


class TrainingRecord(NamedTuple):
    """All that a card says: what ran, on what, with which recipe, how each part went, the figures, what it went on
    from, and how the result is used."""

    kind: str
    command: str
    runs: list[RunFolder]
    data: TrainingSet | TrainingPairs
    recipe: Recipe
    parts: Mapping[str, TrainingResult]
    figures: Mapping[str, Any]
    start: Start | None = None
    use: str = ""


def record_json(record: TrainingRecord) -> dict[str, Any]:
    """Return the record as the training.json of a model folder, loss curves included."""
    data = record.data
    return {
        "kind": record.kind,
        "command": record.command,
        "data": {
            "runs": [{"name": run.path.name, "hash": run.content_hash()} for run in record.runs],
            "pairs": len(data.sources),
            "pairs_by_source": dict(sorted(Counter(data.sources).items())),
            "training_pairs": len(data.training),
            "held_out_pairs": int(data.held_out.sum()),
            "pairs_of_held_out_sources": int(data.set_aside.sum()),
            "distinct_captions": len(data.captions),
        },
        "recipe": record.recipe.model_dump(),
        "versions": installed_versions(),
        "parts": {name: part._asdict() for name, part in record.parts.items()},
        "figures": dict(record.figures),
    } | ({} if record.start is None else {"start": record.start._asdict()})


def card(record: TrainingRecord) -> str:
    """Return the card in Markdown."""
    facts = record_json(record)
    data = facts["data"]
    by_source = ", ".join(f"{count} {name}" for name, count in data["pairs_by_source"].items())
    lines = [
        f"# A {record.kind} model of Tain",
        "",
        f"Made by `{record.command}`.",
        *([record.use] if record.use else []),
        "",
        *_start(record.start),
        "## Data",
        "",
        f"{data['training_pairs']} pairs to train on, {data['held_out_pairs']} of held-out concepts and "
        f"{data['pairs_of_held_out_sources']} of held-out sources, of {data['pairs']} kept by curation: {by_source}. "
        f"{data['distinct_captions']} distinct captions.",
        "Runs: " + ", ".join(f"`{run['name']}` ({run['hash']})" for run in data["runs"]) + ".",
        "",
        "## Training",
        "",
        "| part | steps | seconds | loss, first to last |",
        "|---|---|---|---|",
    ]
    for name, part in record.parts.items():
        curve = " ".join(f"{point.loss:.3f}" for point in _thinned(part))
        lines.append(f"| {name} | {part.steps} | {part.seconds:.0f} | {curve} |")
    lines += _passes(record)
    lines += ["", "## Figures", "", "| what | value |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in record.figures.items()]
    lines += ["", "## Recipe", "", "```json", json.dumps(facts["recipe"], indent=2), "```", ""]
    lines += ["## Limits", "", _REFERENCE if record.start is None else _TRAINED_ON, ""]
    return "\n".join(lines)


_REFERENCE = (
    "A reference network, small and trained on drawings: it exists so that every stage can be tried and tested "
    "offline. It repeats what its data shows. Do not judge photographs with it, and do not use it to decide "
    "anything about a person."
)
_TRAINED_ON = (
    "It repeats what its data shows, and what the model it was trained on from has seen before. Audit what it paints "
    "(`tain audit`), and do not use it to decide anything about a person."
)


def _start(start: Start | None) -> list[str]:
    if start is None:
        return []
    licence = start.licence or "not stated beside it; see where it comes from"
    return [
        "## Trained on from",
        "",
        f"`{start.name}`, a {start.kind}, fingerprint {start.fingerprint}. Its licence: {licence}. That licence, and "
        "those of the pictures, bind the result too. What is held out here it has seen before, unless its own training "
        "held out the same.",
        "",
    ]


def _passes(record: TrainingRecord) -> list[str]:
    """Return the table of what was measured after each pass over the data, where it was; a line a figure."""
    lines: list[str] = []
    for name, part in record.parts.items():
        watched = _few(part.watched)
        if watched:
            lines += ["", f"## {name.capitalize()}, pass after pass", ""]
            lines += ["| after step | " + " | ".join(str(one.step) for one in watched) + " |"]
            lines += ["|---" * (len(watched) + 1) + "|"]
            for figure in watched[-1].figures:
                values = " | ".join(str(one.figures.get(figure, "")) for one in watched)
                lines.append(f"| {figure} | {values} |")
    return lines


def _few(watched: Sequence[Watched], count: int = 8) -> Sequence[Watched]:
    every = max(1, -(-len(watched) // count))
    return watched[::-1][::every][::-1]


def _thinned(part: TrainingResult, count: int = 10) -> list[Any]:
    every = max(1, len(part.curve) // count)
    return part.curve[::every][:count] + part.curve[-1:]
