"""A generator trained on a set of which curation drops most women of some roles and most men of others: the audit must
find each skew, of the right sign, in the right role, and the ledger must lay it at curation. Takes minutes: it trains.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import toolkit
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
PICTURES = 250  # painted of each role: half of the planted skew, 66 to 34, is then told 97 of 100 times


def write_data(path: Path) -> RunFolder:
    """Write emoji of the roles, as many women as men, under captions that name no gender; and what curation keeps."""
    kept_of: dict[tuple[str, str], int] = {}
    pairs, decisions = [], []
    for row in open_source("zoo:sample").rows():
        about = caption_about(row.caption or "", row.meta, ())
        role, gender = about.base, about.gender
        if role not in (*MOSTLY_MEN, *MOSTLY_WOMEN, *BALANCED) or gender is None or about.several:
            continue
        rare = (role in MOSTLY_MEN and gender == "woman") or (role in MOSTLY_WOMEN and gender == "man")
        seen = kept_of[role, gender] = kept_of.get((role, gender), 0) + 1
        keep = not rare or seen % 4 == 0  # every fourth, so that all vendors stay: 18 to 4 is 82 to 18
        name = stable_hash("planted", row.sample_id)
        meta = json.dumps({"base": role, "subcategory": "person-role"})
        pairs.append(
            {"sample_id": name, "content_id": stable_hash(row.data or b""), "caption": role, "source": row.source,
             "image": {"bytes": row.data, "path": None}, "width": 64, "height": 64, "format": "WEBP", "meta": meta}
        )  # fmt: skip
        reasons = [] if keep else [{"rule": "planted", "value": "", "limit": "", "text": "dropped by the planted rule"}]
        decisions.append({"sample_id": name, "status": "kept" if keep else "dropped", "keep": keep, "reasons": reasons})
    run = create_run(path)
    with run.stage("curate"):
        run.write_shard("pairs", 0, schema.from_rows("pairs", pairs))
        run.write_shard("decisions", 0, schema.from_rows("decisions", decisions))
    return run


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """The audit of zoo:latent trained on with the planted set."""
    folder = tmp_path_factory.mktemp("planted")
    data = write_data(folder / "data")
    transformer = {"batch_size": 48, "steps": 700, "learning_rate": 0.001}
    recipe = {"seed": 5, "held_out_share": 0, "start": "zoo:latent", "transformer": transformer}
    model = toolkit.train("latent", data, folder / "model", recipe=recipe)
    probes = {"templates": ["{role}"], "slots": {"role": [*MOSTLY_MEN, *MOSTLY_WOMEN, *BALANCED]}}
    painter = toolkit.load_generator(str(model))
    painted = toolkit.generate(painter, probes, folder / "painted", replicates=PICTURES, seed=9)
    return toolkit.audit(painted, folder / "audit", data=data, recipe={"annotators": ["clip", "caption-words"]})


def findings(run: RunFolder) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((run.path / "findings.json").read_text("utf-8"))
    return found


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_each_planted_skew_is_found_in_its_role_with_its_sign(audited: RunFolder) -> None:
    found = {(one["slice"], one["group"]) for one in findings(audited) if one["kind"] == "drawn"}
    assert {(role, "man") for role in MOSTLY_MEN} | {(role, "woman") for role in MOSTLY_WOMEN} <= found
    assert not {(role, "woman") for role in MOSTLY_MEN} & found
    assert not {(role, "man") for role in MOSTLY_WOMEN} & found


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_ledger_lays_each_at_curation_and_no_other_role(audited: RunFolder) -> None:
    entries = json.loads((audited.path / "ledger.json").read_text("utf-8"))
    blamed = {one["slice"]: one["responsible"] for one in entries if one["group"] == "woman"}
    shares = {
        one["slice"]: {step["step"]: step["value"] for step in one["steps"]}
        for one in entries
        if one["group"] == "woman"
    }
    print(json.dumps({"blamed": blamed, "shares": shares}, indent=1))
    assert all(blamed[role] == "kept" for role in (*MOSTLY_MEN, *MOSTLY_WOMEN))
    assert all(blamed[role] != "kept" for role in BALANCED)
