"""A set of which curation drops most women of some roles and most men of others: emoji under captions of choice."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from toolkit import schema
from toolkit.caption_words import caption_about
from toolkit.seeds import stable_hash
from toolkit.sources import open_source
from toolkit.store import RunFolder, create_run

# Of the roles whose women and men zoo:clip reads as their names say it at least 14 of 18 times, the first nine by name,
# dealt out in turn: an annotator that cannot tell who is drawn finds no skew.
MOSTLY_MEN = ("artist", "factory worker", "pilot")
MOSTLY_WOMEN = ("construction worker", "health worker", "scientist")
BALANCED = ("cook", "office worker", "singer")
ROLES = (*MOSTLY_MEN, *MOSTLY_WOMEN, *BALANCED)
BARE, NAMED = "{role}", "{gender} {role}"
DROPPED = [{"rule": "planted", "value": "", "limit": "", "text": "dropped by the planted rule"}]
Row = dict[str, Any]


def write_planted_skew(path: Path, roles: Sequence[str] = ROLES, captions: Sequence[str] = (BARE,)) -> RunFolder:
    """Write emoji of `roles`, as many women as men, once under each of `captions`, and what curation keeps: of captions
    that name no gender every fourth of the rarer one, so that all vendors stay (18 to 4 is 82 to 18); else all."""
    seen: dict[tuple[str, str], int] = {}
    pairs, decisions = [], []
    for row in open_source("zoo:sample").rows():
        about = caption_about(row.caption or "", row.meta, ())
        role, gender = about.base, about.gender
        if role not in roles or gender is None or about.several:
            continue
        rare = (role in MOSTLY_MEN and gender == "woman") or (role in MOSTLY_WOMEN and gender == "man")
        number = seen[role, gender] = seen.get((role, gender), 0) + 1
        for wording in captions:
            pair = _pair(row, wording, role, gender)
            keep = wording == NAMED or not rare or number % 4 == 0
            decision = {"sample_id": pair["sample_id"], "keep": keep, "reasons": [] if keep else DROPPED}
            pairs.append(pair)
            decisions.append(decision | {"status": "kept" if keep else "dropped"})
    run = create_run(path)
    with run.stage("curate"):
        run.write_shard("pairs", 0, schema.from_rows("pairs", pairs))
        run.write_shard("decisions", 0, schema.from_rows("decisions", decisions))
    return run


def _pair(row: Any, wording: str, role: str, gender: str) -> Row:
    """Return the pair of one emoji under one caption."""
    named = {"gender": gender} if wording == NAMED else {}
    name = stable_hash("planted", row.sample_id, *(wording,) * bool(named))
    meta = json.dumps({"base": role, "subcategory": "person-role"} | named)
    caption = wording.format(role=role, gender=gender)
    return {
        "sample_id": name, "content_id": stable_hash(row.data or b""), "caption": caption, "source": row.source,
        "image": {"bytes": row.data, "path": None}, "width": 64, "height": 64, "format": "WEBP",
        "meta": meta,
    }  # fmt: skip
