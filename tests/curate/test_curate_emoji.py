"""The bundled sample: a perceptual hash alone erases people, and this project's rules do not."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from own_fingerprints import OwnFingerprints
from reasons import reasons

from toolkit.curate.duplicates.looks import Looks
from toolkit.curate.stage import curate
from toolkit.store import RunFolder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return curate("zoo:sample", tmp_path_factory.mktemp("runs") / "sample")


@pytest.fixture(scope="module")
def people(run: RunFolder) -> pa.Table:
    """The emoji of people that name a gender or a skin tone: facts, scores and the decision of each."""
    pairs, scores, decisions = run.read("pairs"), run.read("scores"), run.read("decisions")
    table = pairs.select(["sample_id", "content_id", "caption", "source", "width", "height", "meta"])
    for name in scores.schema.names[2:]:
        table = table.append_column(name, scores[name])
    table = table.append_column("status", decisions["status"]).append_column("reasons", decisions["reasons"])
    meta = [json.loads(one) for one in table["meta"].to_pylist()]
    variant = [bool(one.get("gender") or one.get("skin_tone") or one.get("skin_tones")) for one in meta]
    return table.filter(pa.array(variant))


def test_every_gender_and_skin_tone_variant_survives(people: pa.Table) -> None:
    assert people.num_rows > 1000
    lost = [one["caption"] for one in people.select(["caption", "status"]).to_pylist() if one["status"] != "kept"]
    assert lost == []


def test_colour_alone_tells_nearly_all_variants_apart_that_a_hash_confuses(people: pa.Table) -> None:
    """Without the words of the captions: the pictures themselves."""
    blind = people.set_column(
        people.schema.get_field_index("people_named"), "people_named", pa.array([""] * people.num_rows)
    )
    blind = blind.set_column(
        blind.schema.get_field_index("skin_tone_named"), "skin_tone_named", pa.array([""] * people.num_rows)
    )
    rule = OwnFingerprints(Looks(10, 2.5, 4.5))
    content = blind["content_id"].to_pylist()
    lost = {row for row, reason in reasons(rule.judge(blind)).items() if content.count(content[row]) == 1}
    assert len(lost) <= 5


def test_the_naive_rule_would_have_lost_most_of_them_and_the_run_says_so(run: RunFolder, people: pa.Table) -> None:
    counted = run.stages["curate"]["counts"]["naive_perceptual"]
    assert counted["variants_lost_by_gender_or_tone"] > people.num_rows / 2
    captions = dict(zip(*(run.read("pairs")[c].to_pylist() for c in ("sample_id", "caption")), strict=True))
    assert len(counted["examples"]) == 12
    for first, second in counted["examples"]:
        assert captions[first] != captions[second]


def test_the_sample_is_decided_row_by_row(run: RunFolder, tmp_path: Path) -> None:
    counts = run.stages["curate"]["counts"]
    assert counts["rows_in"] == counts["kept"] + counts["dropped"] + counts["failed"] + counts["quarantined"]
    assert sum(one["rows_in"] for one in counts["by_source"].values()) == counts["rows_in"]
    assert {step["rule"] for step in counts["funnel"] if step["rows_lost"]} >= {
        "caption_boilerplate",
        "exact_duplicate",
        "picture_side",
    }
    again = curate("zoo:sample", tmp_path / "again")
    assert again.content_hash() == run.content_hash()
    assert again.stages["curate"]["counts"] == counts


def test_one_word_captions_such_as_firefighter_are_kept(run: RunFolder) -> None:
    pairs, decisions = run.read("pairs"), run.read("decisions")
    found = [
        (source, status)
        for caption, source, status in zip(
            pairs["caption"].to_pylist(), pairs["source"].to_pylist(), decisions["status"].to_pylist(), strict=True
        )
        if caption == "firefighter"
    ]
    assert sorted(found) == [(f"emoji/{vendor}", "kept") for vendor in ("fluent", "google", "twitter")]
