"""The audit that a mitigation starts from: what was asked of which model, and how the pictures were read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from toolkit.errors import RunError
from toolkit.generate.requests import GenerationRecipe
from toolkit.probes import Probe
from toolkit.store import RunFolder, open_run


class Before(NamedTuple):
    """A finished audit `run`; the run that `painted` its pictures, with its `model`, `probes`, `replicates`, `seed` and
    `recipe`; the curated run `data` that it was held against, None for none; and the recipe of the audit."""

    run: RunFolder
    painted: RunFolder
    data: RunFolder | None
    model: str
    probes: tuple[Probe, ...]
    replicates: int
    seed: int
    recipe: Mapping[str, Any]
    audit_recipe: Mapping[str, Any]

    @property
    def prompts(self) -> list[tuple[str, str]]:
        """Every prompt with the concept that it is about, each once."""
        return list(dict.fromkeys((probe.prompt, probe.concept) for probe in self.probes))


def read_before(run: Path) -> Before:
    """Return what is to be known of the audit at `run`. Raises RunError where it is none, or its pictures were not
    painted by `tain generate`: then nobody can paint them again."""
    opened = open_run(run, needs=["measures"])
    audited = opened.stages.get("audit")
    if audited is None or not audited["finished"]:
        raise RunError(f"{run} holds no finished audit; give a run that tain audit wrote")
    painted = opened.find("requests")
    generated = painted.stages.get("generate") if painted is not None else None
    if painted is None or generated is None or not generated["finished"]:
        raise RunError(
            f"{run} is an audit of pictures that tain generate did not paint, so that they cannot be painted anew; "
            "paint them with tain generate and audit that run"
        )
    probes = _probes(painted)
    data = next((one for one in opened.inputs() if one.find("decisions") is not None), None)
    kept = {key: value for key, value in generated["recipe"].items() if key in GenerationRecipe.model_fields}
    return Before(
        opened,
        painted,
        data,
        str(generated["recipe"]["model"]),
        probes,
        int(generated["arguments"]["replicates"]),
        int(generated["seed"] or 0),
        kept,
        audited["recipe"],
    )


def _probes(painted: RunFolder) -> tuple[Probe, ...]:
    """Return the probes behind the requests of a run, in the order of its tables."""
    prompts = dict(
        zip(*(painted.read("requests", ["request_id", "prompt"])[one].to_pylist() for one in (0, 1)), strict=True)
    )
    found: dict[str, Probe] = {}
    for row in painted.read("probe_requests").to_pylist():
        if row["probe_id"] not in found:
            attributes = dict(row["attributes"])
            found[row["probe_id"]] = Probe(
                row["probe_id"],
                attributes["concept"],
                prompts[row["request_id"]],
                attributes,
                row["pair_id"],
            )
    return tuple(found.values())
