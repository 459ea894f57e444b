"""Pictures that any other system painted, closed services included, as requests and samples of a run folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from toolkit import schema
from toolkit.errors import PictureError
from toolkit.images import read_header
from toolkit.progress import Progress, silent
from toolkit.requested import UNNAMED_MODEL
from toolkit.seeds import stable_hash
from toolkit.sources.rows import PairRow, Source, with_picture
from toolkit.store import RunFolder, write_atomically

STAGE = "samples"
SHARD_ROWS = 512
SUFFIXES = {"JPEG": "jpg", "MPO": "jpg", "TIFF": "tif"}


def import_samples(source: Source, run: RunFolder, progress: Progress = silent) -> None:
    """Write every row of `source` to `run` as a request and a sample, with its picture copied into RUN/images.

    The caption is the prompt, unless there is a column `prompt` beside it. A column `model` names who painted it and
    `seed` from which noise, where the input has them; other columns go to the request's settings. A picture that is
    missing or broken is a sample with an error.
    """
    with run.stage(STAGE, recipe={"source": source.name}) as counts:
        run.discard_unmarked(STAGE, ["requests", "samples"])
        rows, failed = 0, 0
        for index, batch in enumerate(source.batches(SHARD_ROWS)):
            requests = [_request(row) for row in batch]
            samples = [_sample(with_picture(row), run) for row in batch]
            rows += len(batch)
            failed += sum(one["error"] is not None for one in samples)
            run.write_shard("requests", index, schema.from_rows("requests", requests))
            run.write_shard("samples", index, schema.from_rows("samples", samples))
            run.mark(STAGE, index)
            progress("reading samples", rows, 0)
        counts.update(requests=rows, failed=failed)


def _request(row: PairRow) -> dict[str, object]:
    given = {key.casefold(): value for key, value in _columns(row)}
    model, written = given.pop("model", None), given.pop("prompt", None)
    seed = _whole(given.pop("seed", None))
    settings = {"model": str(model) if model not in (None, "") else UNNAMED_MODEL}
    if given:
        settings["columns"] = json.dumps(given, sort_keys=True)
    prompt = str(written) if written not in (None, "") else row.caption or ""
    return {
        "request_id": _request_id(row),
        "prompt": prompt,
        "prompt_sent": prompt,
        "negative_prompt": "",
        "seed": seed,
        "settings": json.dumps(settings, sort_keys=True),
    }


def _request_id(row: PairRow) -> str:
    return stable_hash("external", row.sample_id)


def _columns(row: PairRow) -> Iterator[tuple[str, Any]]:
    try:
        found = json.loads(row.meta or "{}")
    except ValueError:
        return
    if isinstance(found, dict):
        yield from found.items()


def _whole(value: object) -> int | None:
    """Return `value` as a 64-bit whole number, or None where it is none."""
    try:
        number = int(float(value)) if isinstance(value, float) else int(str(value))
    except (ValueError, OverflowError):
        return None
    return number if -(2**63) <= number < 2**63 else None


def _sample(row: PairRow, run: RunFolder) -> dict[str, object]:
    request_id = _request_id(row)
    sample: dict[str, object] = {"request_id": request_id, "error": row.error, "flags": []}
    if row.data is None:
        return sample | {"error": row.error or "no_picture: the input gave none"}
    try:
        header = read_header(row.data)
    except PictureError as error:
        return sample | {"error": str(error)}
    path = f"images/{request_id[:2]}/{request_id}.{SUFFIXES.get(header.format, header.format.lower())}"
    write_atomically(Path(run.path, path), row.data)
    return sample | {"image_path": path, "sha256": hashlib.sha256(row.data).hexdigest()}
