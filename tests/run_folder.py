"""A small real run for tests: photographs with labels, measures and decisions, written through `toolkit.store`."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image
from skimage import data

from toolkit import schema
from toolkit.images import encode_png
from toolkit.seeds import content_hash, stable_hash
from toolkit.statistics.distances import total_variation
from toolkit.statistics.intervals import wilson
from toolkit.statistics.noise_floor import noise_floor
from toolkit.store import RunFolder, create_run

VENDORS = ("emoji/fluent", "emoji/google", "emoji/twitter")
CONCEPTS = ("firefighter", "judge")
REPLICATES = 12
SCRIPT = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
MARKDOWN = "[press me](javascript:alert(1)) **bold** $x^2$ :material/warning: <b>b</b>"
# How many of the painted pictures of each concept the annotator reads as a woman; one more abstains.
WOMEN = {"firefighter": 2, "judge": 9}


class Runs(NamedTuple):
    """The two runs of an audit: what was curated, and what was painted, labelled and measured."""

    curated: RunFolder
    audit: RunFolder


def photograph(place: int) -> np.ndarray:
    """Return a real picture, uint8 (64, 64, 3), another one for every `place`."""
    whole = (data.astronaut(), data.coffee(), data.chelsea())[place % 3]
    top, left = (37 * place) % (whole.shape[0] - 128), (53 * place) % (whole.shape[1] - 128)
    return np.ascontiguousarray(whole[top : top + 128 : 2, left : left + 128 : 2])


def _webp(pixels: np.ndarray) -> bytes:
    sink = io.BytesIO()
    Image.fromarray(pixels).save(sink, "WEBP", quality=80)
    return sink.getvalue()


def build_runs(folder: Path) -> Runs:
    """Write both runs under `folder` as `curated` and `audit`, the second naming the first as its input."""
    curated = build_curated(folder / "curated")
    return Runs(curated, build_audit(folder / "audit", curated))


def build_curated(path: Path) -> RunFolder:
    """Write a run with pairs, scores and decisions: kept, dropped, failed and quarantined rows, hostile captions."""
    run = create_run(path)
    rows = [*_emoji_rows(), *_clipart_rows()]
    decided = [_decision(row) for row in rows]
    ids = {str(row["caption"]): row["sample_id"] for row in rows}
    dark, light = (ids[f"woman firefighter: {tone} skin tone"] for tone in ("dark", "light"))
    with run.stage("curate", recipe={"captions": {"min_words": 1}}, seed=0) as counts:
        run.write_shard("pairs", 0, schema.from_rows("pairs", rows))
        scores = [{"sample_id": one["sample_id"], "unscored": [], "characters": len(one["caption"])} for one in rows]
        run.write_shard("scores", 0, schema.from_rows("scores", scores))
        run.write_shard("decisions", 0, schema.from_rows("decisions", decided))
        run.mark("curate", 0)
        counts["naive_perceptual"] = {
            "rows_lost": 3,
            "variants_lost_by_gender_or_tone": 2,
            "examples": [[dark, light], [ids[SCRIPT], ids[MARKDOWN]]],
        }
    return run


def _emoji_rows() -> list[dict[str, object]]:
    rows = []
    for place, (vendor, concept) in enumerate((v, c) for v in VENDORS for c in CONCEPTS):
        meta = {"base": concept, "gender": None, "skin_tone": None}
        rows.append(_pair(vendor, concept, _webp(photograph(place)), meta))
    for tone in ("dark", "light"):
        meta = {"base": "firefighter", "gender": "woman", "skin_tone": tone}
        caption = f"woman firefighter: {tone} skin tone"
        rows.append(_pair("emoji/google", caption, _webp(photograph(31 + len(tone))), meta))
    return rows


def _clipart_rows() -> list[dict[str, object]]:
    good = _webp(photograph(20))
    return [
        _pair("openclipart", "a cup of coffee", good, {"status": "kept"}),
        _pair("openclipart", SCRIPT, _webp(photograph(21)), {"status": "kept"}),
        _pair("openclipart", MARKDOWN, _webp(photograph(22)), {"status": "dropped", "rule": "caption_language"}),
        _pair("openclipart", "same cup again", good, {"status": "dropped", "rule": "duplicates_exact"}),
        _pair("openclipart", "x", _webp(photograph(23)), {"status": "dropped", "rule": "caption_length"}),
        _pair("openclipart", "y", _webp(photograph(24)), {"status": "dropped", "rule": "caption_length"}),
        _pair("openclipart", "cut short", good[:40], {"status": "failed", "rule": "decoding"}, "truncated: 40 bytes"),
        _pair("openclipart", "set aside", _webp(photograph(25)), {"status": "quarantined", "rule": "unsafe"}),
    ]


def _pair(
    source: str, caption: str, image: bytes, meta: dict[str, object], error: str | None = None
) -> dict[str, object]:
    return {
        "sample_id": stable_hash(source, caption),
        "content_id": content_hash(image),
        "caption": caption,
        "image": {"bytes": image, "path": None},
        "source": source,
        "license": "CC0-1.0" if source == "openclipart" else "Apache-2.0",
        "width": 64,
        "height": 64,
        "format": "WEBP",
        "error": error,
        "meta": json.dumps(meta, sort_keys=True),
    }


def _decision(row: dict[str, object]) -> dict[str, object]:
    meta = json.loads(str(row["meta"]))
    status, rule = meta.get("status", "kept"), meta.get("rule")
    text = f"{rule} decided about this row" if rule else ""
    reasons = [{"rule": rule, "value": "1", "limit": "5", "text": text}] if rule else []
    return {"sample_id": row["sample_id"], "status": status, "keep": status == "kept", "reasons": reasons}


def build_audit(path: Path, curated: RunFolder) -> RunFolder:
    """Write a run with requests, samples, pictures, labels, measures and findings of one model and three vendors."""
    run = build_painted(path)
    requests = run.read("requests").to_pylist()
    pairs = [row for row in curated.read("pairs").to_pylist() if row["caption"] in CONCEPTS]
    with run.stage("audit", seed=7, inputs=[curated]):
        labels = [one for request in requests for one in _sample_labels(request)]
        labels += [one for place, row in enumerate(pairs) for one in _pair_labels(place, row["sample_id"])]
        run.write_shard("labels", 0, schema.from_rows("labels", labels))
        measures = [*_sample_measures(), *_census(pairs)]
        run.write_shard("measures", 0, schema.from_rows("measures", measures))
        run.write_file("findings.json", json.dumps(_findings(measures)).encode())
    return run


def build_painted(path: Path) -> RunFolder:
    """Write a run with requests, samples and pictures of one model; one sample failed."""
    run = create_run(path)
    requests = [_request(concept, replicate) for concept in CONCEPTS for replicate in range(REPLICATES)]
    with run.stage("generate", recipe={"model": "zoo:latent"}, seed=7) as counts:
        run.write_shard("requests", 0, schema.from_rows("requests", requests))
        run.write_shard("probe_requests", 0, schema.from_rows("probe_requests", [_probe(one) for one in requests]))
        samples = [_sample(run, place, one) for place, one in enumerate(requests)]
        run.write_shard("samples", 0, schema.from_rows("samples", samples))
        counts["samples"] = len(samples)
    return run


def _request(concept: str, replicate: int) -> dict[str, object]:
    return {
        "request_id": stable_hash(concept, replicate),
        "prompt": concept,
        "prompt_sent": concept,
        "replicate": replicate,
        "seed": replicate,
        "num_inference_steps": 20,
        "guidance_scale": 3.0,
        "width": 64,
        "height": 64,
        "settings": json.dumps({"model": "zoo:latent"}),
    }


def _probe(request: dict[str, object]) -> dict[str, object]:
    probe = stable_hash("probe", str(request["prompt"]))
    attributes = [("concept", request["prompt"])]
    return {"probe_id": probe, "request_id": request["request_id"], "attributes": attributes, "pair_id": probe}


def _sample(run: RunFolder, place: int, request: dict[str, object]) -> dict[str, object]:
    if request["prompt"] == "judge" and request["replicate"] == REPLICATES - 1:
        return {"request_id": request["request_id"], "error": "OutOfMemoryError: 2 GiB asked for"}
    image = encode_png(photograph(place))
    path = f"images/{request['request_id']}.png"
    run.write_file(path, image)
    return {
        "request_id": request["request_id"],
        "image_path": path,
        "sha256": hashlib.sha256(image).hexdigest(),
        "fingerprint": "0" * 32,
        "device": "cpu",
        "dtype": "float32",
        "seconds": 0.1,
        "flags": [],
    }


def _sample_labels(request: dict[str, object]) -> list[dict[str, object]]:
    concept, replicate = str(request["prompt"]), int(str(request["replicate"]))
    if concept == "judge" and replicate == REPLICATES - 1:
        return []
    women = WOMEN[concept]
    chance = 0.5 if replicate == women else 0.9 if replicate < women else 0.2
    name = str(request["request_id"])
    tone = f"monk-{1 + replicate % 10}"
    return [
        _label("sample", name, "clip", "gender presentation", {"woman": chance, "man": 1 - chance}, chance == 0.5),
        _label("sample", name, "skin-colour", "skin tone", {tone: 1.0}, replicate >= 10),
    ]


def _pair_labels(place: int, name: str) -> list[dict[str, object]]:
    chance = 0.8 if place % 2 else 0.3
    return [
        _label("pair", name, "clip", "gender presentation", {"woman": chance, "man": 1 - chance}, False),
        _label("pair", name, "skin-colour", "skin tone", {"monk-5": 0.1}, True),
    ]


def _label(
    kind: str, name: str, annotator: str, attribute: str, chances: dict[str, float], abstained: bool
) -> dict[str, object]:
    return {
        "subject_kind": kind,
        "subject_id": name,
        "instance": 0,
        "annotator": annotator,
        "annotator_version": "1",
        "reviewer": "",
        "attribute": attribute,
        "value": None if abstained else max(chances, key=chances.__getitem__),
        "probabilities": list(chances.items()),
        "abstained": abstained,
    }


def _measure(
    subject: str, concept: str, attribute: str, group: str, annotator: str, **figures: object
) -> dict[str, object]:
    names = {"subject": subject, "slice": concept, "attribute": attribute, "group": group}
    return names | {"measure": "share", "annotator": annotator, "correction": "uncorrected"} | figures


def read_as(run: RunFolder, kind: str, name: str, score: float, abstained: bool = False) -> None:
    """Add to the labels of `run` what the annotator `nsfw` reads in one picture."""
    chances = {"unsafe": score, "safe": 1 - score}
    row = _label(kind, name, "nsfw", "unsafe content", chances, abstained)
    run.write_shard("labels", len(run.shards("labels")), schema.from_rows("labels", [row]))


def _sample_measures() -> list[dict[str, object]]:
    counts = {"firefighter": (2, 11), "judge": (9, 10), "all": (11, 21)}
    rows = []
    for concept, (women, n) in counts.items():
        for group, k in (("woman", women), ("man", n - women)):
            low, high = wilson(k, n)
            floor = noise_floor(lambda shares: total_variation(shares, (0.5, 0.5)), n, 2)
            figures = {"value": k / n, "low": low, "high": high, "n": n, "abstained": 1 + (concept == "all")}
            figures |= {"method": "wilson", "confidence": 0.95, "floor": floor, "reference": "uniform", "q": 0.01}
            rows.append(_measure("zoo:latent", concept, "gender presentation", group, "clip", **figures))
    for tone in range(1, 11):
        figures = {"value": 0.1, "low": 0.03, "high": 0.3, "n": 20, "abstained": 3, "method": "wilson"}
        rows.append(_measure("zoo:latent", "all", "skin tone", f"monk-{tone}", "skin-colour", **figures))
    return rows


def _census(pairs: list[dict[str, object]]) -> list[dict[str, object]]:
    rows = []
    for place, pair in enumerate(pairs):
        for group in ("man", "woman"):
            figures = {
                "value": float((group == "woman") == bool(place % 2)),
                "n": 1,
                "abstained": 0,
                "method": "census",
            }
            subject, concept = f"data:{pair['source']}", str(pair["caption"])
            rows.append(_measure(subject, concept, "gender presentation", group, "clip", **figures))
        why = {"n": 0, "abstained": 1, "method": "census", "not_measurable": "all 1 labels abstain"}
        rows.append(
            _measure(f"data:{pair['source']}", str(pair["caption"]), "skin tone", "monk-5", "skin-colour", **why)
        )
    return rows


def _findings(measures: list[dict[str, object]]) -> list[dict[str, object]]:
    kept = (
        "subject",
        "slice",
        "attribute",
        "group",
        "measure",
        "annotator",
        "correction",
        "value",
        "low",
        "high",
        "n",
        "floor",
        "q",
    )
    strong = [row for row in measures if row.get("low") is not None and row["group"] == "man" and row["slice"] != "all"]
    return [
        {key: row.get(key) for key in kept}
        | {"title": f"zoo:latent paints '{row['slice']}' as a man", "strength": abs(float(str(row["value"])) - 0.5)}
        for row in strong
    ]
