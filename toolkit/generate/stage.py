"""The generate stage: probes -> requests -> pictures, in shards that a kill cannot spoil."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import pyarrow as pa

from toolkit import schema
from toolkit.errors import RecipeError, RunError
from toolkit.generate.generator import Generator, Painted, Request
from toolkit.generate.load import load_generator
from toolkit.generate.requests import GenerationRecipe, canonical_json, make_requests
from toolkit.images import encode_png
from toolkit.probes import Probe, load_probes
from toolkit.progress import Progress, silent
from toolkit.recipe import load_recipe
from toolkit.store import RunFolder, create_run, installed_versions, write_atomically

STAGE = "generate"
SHARD_ROWS = 512


def generate(
    model: str | Path | Generator,
    probes: str | Path | Mapping[str, Any] | Sequence[Probe],
    out: str | Path,
    *,
    replicates: int = 100,
    seed: int = 0,
    batch_size: int | None = None,
    recipe: Mapping[str, Any] | str | Path | None = None,
    resume: bool = False,
    allow_pickle: bool = False,
    device: str = "cpu",
    progress: Progress = silent,
) -> RunFolder:
    """Paint `replicates` pictures for each probe and return the run folder: probe_requests, requests, samples, images.

    The same prompt and seed give the same picture, in any order and after any interruption. With `resume`, pictures
    that are there are not painted again. Raises RecipeError, ModelError and RunError; resuming under another recipe,
    model or library versions is refused.
    """
    if replicates < 1:
        raise RecipeError(f"replicates is {replicates}; expected at least 1")
    listed = load_probes(probes) if isinstance(probes, str | Path | Mapping) else list(probes)
    settings = load_recipe(GenerationRecipe, recipe)
    painter = (
        load_generator(model, device=device, allow_pickle=allow_pickle) if isinstance(model, str | Path) else model
    )
    asked = make_requests(listed, replicates, seed, settings, painter.defaults, painter.fingerprint)
    batch = batch_size or painter.defaults.batch_size
    run = create_run(out, resume=resume)
    described = {
        "model": painter.name, "fingerprint": painter.fingerprint, "replicates": replicates, "batch_size": batch,
        **settings.model_dump(),
    }  # fmt: skip
    if STAGE in run.stages:
        _refuse_other(run, described, seed)
        if run.stages[STAGE]["finished"]:
            return run
    with run.stage(STAGE, recipe=described, seed=seed) as counts:
        run.discard_unmarked(STAGE, ["probe_requests", "requests", "samples"])
        _paint_shards(run, painter, asked, batch, progress)
        samples = run.read("samples", ["error"])
        counts.update(
            probes=len(listed), requests=samples.num_rows, failed=samples.num_rows - samples["error"].null_count
        )
    return run


def _refuse_other(run: RunFolder, described: dict[str, Any], seed: int) -> None:
    """Raise RunError where the run was begun with other settings or library versions than are asked for now."""
    before = run.stages[STAGE]
    now = json.loads(json.dumps({"recipe": described, "seed": seed, "versions": installed_versions()}))
    for what, value in now.items():
        if before[what] != value:
            keys = (
                sorted(key for key in value if before[what].get(key) != value[key])
                if isinstance(value, dict)
                else [what]
            )
            raise RunError(
                f"{run.path} was begun with another {what} ({', '.join(keys)}), so going on would mix two models; "
                "choose another --out"
            )


def _paint_shards(
    run: RunFolder, painter: Generator, asked: list[tuple[Probe, Request]], batch: int, progress: Progress
) -> None:
    total, marked = len(asked), run.marked(STAGE)
    for index in range(-(-total // SHARD_ROWS)):
        rows = asked[index * SHARD_ROWS : (index + 1) * SHARD_ROWS]
        if f"part-{index:05d}" not in marked:
            samples = []
            for start in range(0, len(rows), batch):
                chunk = [request for _, request in rows[start : start + batch]]
                samples += _paint_batch(run, painter, chunk, batch)
                progress("painting", index * SHARD_ROWS + start + len(chunk), total)
            run.write_shard("probe_requests", index, _probe_requests(rows))
            run.write_shard("requests", index, _requests([request for _, request in rows]))
            run.write_shard("samples", index, schema.from_rows("samples", samples))
            run.mark(STAGE, index)
        progress("painting", min((index + 1) * SHARD_ROWS, total), total)


def _paint_batch(run: RunFolder, painter: Generator, requests: list[Request], batch: int) -> list[dict[str, Any]]:
    started = perf_counter()
    painted = painter.generate(requests, batch_size=batch)
    seconds = round((perf_counter() - started) / len(requests), 4)
    return [_sample(run, painter, request, one, batch, seconds) for request, one in zip(requests, painted, strict=True)]


def _sample(
    run: RunFolder, painter: Generator, request: Request, painted: Painted, batch: int, seconds: float
) -> dict[str, Any]:
    data = encode_png(painted.pixels)
    path = f"images/{request.request_id[:2]}/{request.request_id}.png"
    write_atomically(run.path / path, data)
    return {
        "request_id": request.request_id,
        "image_path": path,
        "sha256": hashlib.sha256(data).hexdigest(),
        "fingerprint": painter.fingerprint,
        "versions": canonical_json(installed_versions()),
        "batch_shape": [batch, *painted.pixels.shape],
        "device": painter.device,
        "dtype": painter.dtype,
        "seconds": seconds,
        "flags": list(painted.flags),
    }


def _probe_requests(rows: list[tuple[Probe, Request]]) -> pa.Table:
    return schema.from_rows(
        "probe_requests",
        [
            {
                "probe_id": probe.probe_id,
                "request_id": request.request_id,
                "attributes": list(probe.attributes.items()),
                "pair_id": probe.pair_id,
            }
            for probe, request in rows
        ],
    )


def _requests(requests: list[Request]) -> pa.Table:
    rows = [request._asdict() | {"settings": canonical_json(request.settings)} for request in requests]
    return schema.from_rows("requests", rows)
