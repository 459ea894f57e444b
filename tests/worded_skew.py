"""A set with a planted skew as scrapes have them: captions that name no gender go with mostly men or mostly women, and
captions that name one are there for both."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from toolkit import schema
from toolkit.caption_words import caption_about
from toolkit.seeds import stable_hash
from toolkit.sources import open_source
from toolkit.store import RunFolder, create_run

# Of the roles whose women and men zoo:clip reads as their names say it at least 14 of 18 times, the first nine by name.
MOSTLY_MEN = ("artist", "factory worker", "pilot")
MOSTLY_WOMEN = ("construction worker", "health worker", "scientist")
BALANCED = ("cook", "office worker", "singer")
ROLES = (*MOSTLY_MEN, *MOSTLY_WOMEN, *BALANCED)
ONE_IN = 4  # of the rarer gender: 18 to 4 is 82 to 18


def write_worded_skew(path: Path, roles: Sequence[str] = ROLES) -> RunFolder:
    """Write emoji of `roles` twice, under the bare name and under one with the gender, and what curation keeps: of the
    first every fourth of the rarer gender, all of the second."""
    seen: dict[tuple[str, str], int] = {}
    pairs, decisions = [], []
    for row in open_source("zoo:sample").rows():
        about = caption_about(row.caption or "", row.meta, ())
        role, gender = about.base, about.gender
        if role not in roles or gender is None or about.several:
            continue
        rare = (role in MOSTLY_MEN and gender == "woman") or (role in MOSTLY_WOMEN and gender == "man")
        number = seen[role, gender] = seen.get((role, gender), 0) + 1
        for caption, named in ((role, {}), (f"{gender} {role}", {"gender": gender})):
            keep = bool(named) or not rare or number % ONE_IN == 0
            name = stable_hash("worded", row.sample_id, caption)
            meta = json.dumps({"base": role, "subcategory": "person-role"} | named)
            pairs.append(
                {"sample_id": name, "content_id": stable_hash(row.data or b""), "caption": caption,
                 "source": row.source, "image": {"bytes": row.data, "path": None}, "width": 64, "height": 64,
                 "format": "WEBP", "meta": meta}
            )  # fmt: skip
            reasons = [{"rule": "planted", "value": "", "limit": "", "text": "dropped by the planted rule"}]
            decisions.append(
                {"sample_id": name, "status": "kept" if keep else "dropped", "keep": keep,
                 "reasons": [] if keep else reasons}
            )  # fmt: skip
    run = create_run(path)
    with run.stage("curate"):
        run.write_shard("pairs", 0, schema.from_rows("pairs", pairs))
        run.write_shard("decisions", 0, schema.from_rows("decisions", decisions))
    return run
