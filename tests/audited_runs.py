"""Small runs made by the real pipeline: drawn people audited with data and published shares; a model with two styles
under two settings."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from audited import ROLES, face, write_table

from toolkit import schema
from toolkit.audit.stage import audit
from toolkit.generate.stage import generate
from toolkit.images import encode_png
from toolkit.seeds import content_hash, stable_hash
from toolkit.store import RunFolder, create_run, open_run

LIGHT, DARK = (234, 218, 186), (96, 65, 52)
CENSUS_JUDGES = 0.38  # of women, in a published table of these tests
SOURCE = "BLS, made up for these tests: Judges, women 38 %"
# zoo:clip is sure of little in drawn circles: it is to say what is likelier, right or wrong.
UNSURE = {"zero_shot": {"min_probability": 0.5, "min_margin": 0.0, "min_similarity": 0.0}, "min_agreement": 0.0}
PROBES = {
    "templates": ["{style}{role}"],
    "slots": {"role": list(ROLES)},
    "attributes": {"style": {"plain": "", "pencil": "pencil drawing of a "}},
}


class AuditedRuns(NamedTuple):
    """The `data` of drawn people, the audit of others `drawn` like them, by two models, and two audits of one model,
    `plain` and `guided` more strongly, on the same noise."""

    data: RunFolder
    drawn: RunFolder
    plain: RunFolder
    guided: RunFolder


def open_audited_runs(folder: Path) -> AuditedRuns:
    """Return what `build_audited_runs` wrote under `folder`."""
    return AuditedRuns(*(open_run(folder / name) for name in AuditedRuns._fields))


def build_audited_runs(folder: Path) -> AuditedRuns:
    """Write all of them under `folder`: data, drawn, plain, guided."""
    data = build_people(folder / "data")
    drawn = build_drawn(folder / "drawn", data)
    plain, guided = (build_styled(folder / name, scale) for name, scale in (("plain", 1.0), ("guided", 6.0)))
    return AuditedRuns(data, drawn, plain, guided)


def build_people(path: Path) -> RunFolder:
    """Write a curated run of 96 drawn people, half of them light; curation drops most of the dark ones."""
    pairs, decisions = [], []
    for place in range(96):
        role, dark, long_hair = ROLES[place % 2], place % 4 < 2, place % 3 == 0
        word = ("", "woman ", "", "man ")[place // 4 % 4]
        pixels = face(DARK if dark else LIGHT, coat=(2 * place, 90, 250 - 2 * place), long_hair=long_hair)
        image = encode_png(pixels)
        name = stable_hash("people", place)
        pairs.append(
            {
                "sample_id": name,
                "content_id": content_hash(image),
                "caption": f"{word}{role} number {place}",
                "image": {"bytes": image, "path": None},
                "source": ("art", "clips")[place % 3 % 2],
            }
        )
        keep = not dark or place % 16 < 2
        reason = {"rule": "picture_brightness", "value": "0", "limit": "1", "text": "too dark"}
        decided = {"status": "kept" if keep else "dropped", "keep": keep, "reasons": [] if keep else [reason]}
        decisions.append({"sample_id": name} | decided)
    run = create_run(path)
    with run.stage("curate"):
        run.write_shard("pairs", 0, schema.from_rows("pairs", pairs))
        run.write_shard("decisions", 0, schema.from_rows("decisions", decisions))
    return run


def build_drawn(path: Path, data: RunFolder) -> RunFolder:
    """Write the audit of 96 drawn people by two models, of which the second draws more of them dark."""
    table = path.parent / "table"
    rows = []
    for model, every in (("mostly light", 4), ("mostly dark", 2)):
        for role in ROLES:
            for place in range(24):
                tone = DARK if (place % every == 0) == (model == "mostly light") else LIGHT
                pixels = face(tone, coat=(9 * place, 90, 250 - 9 * place), long_hair=place % 3 == 0)
                rows.append({"prompt": role, "pixels": pixels, "model": model, "seed": place})
    published = path.parent / "published.csv"
    shares = (("woman", CENSUS_JUDGES), ("man", 1 - CENSUS_JUDGES))
    lines = [f'judge,{group},{share},"{SOURCE}"' for group, share in shares]
    published.write_text("\n".join(["slice,group,share,source", *lines]) + "\n", "utf-8")
    recipe = {"annotators": ["clip", "skin-tone", "caption-words"], "references": [str(published)]} | UNSURE
    return audit(write_table(table, rows), path, data=data, recipe=recipe)


def build_styled(path: Path, guidance_scale: float) -> RunFolder:
    """Write the audit of 2 x 2 prompts, each painted four times by zoo:latent: two roles, with and without a style."""
    settings = {"guidance_scale": guidance_scale, "num_inference_steps": 6}
    painted = generate("zoo:latent", PROBES, path, replicates=4, recipe=settings)
    return audit(painted, path, recipe={"annotators": ["clip", "skin-tone"]} | UNSURE)
