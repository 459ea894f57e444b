"""A report never holds the sharp picture of a row that was set aside, flagged or opted out."""

from __future__ import annotations

import base64
import html
import io
import re

import numpy as np
import pytest
from kept_paths import keep_paths
from PIL import Image
from run_folder import Runs, photograph, read_as

from toolkit import schema
from toolkit.images import encode_png
from toolkit.report.pictures import BLURRED_SIDE, blurred_thumbnail
from toolkit.report.stage import write_report
from toolkit.report.veils import veiled, veiled_samples, veils

CAPTION = "woman firefighter: dark skin tone"  # one of the twins that the report shows side by side


def decide_anew(runs: Runs, status: str, rule: str) -> str:
    """Give the row with `CAPTION` another decision; return its sample_id."""
    run = runs.curated
    (name,) = (row["sample_id"] for row in run.read("pairs").to_pylist() if row["caption"] == CAPTION)
    decisions = run.read("decisions").to_pylist()
    for row in decisions:
        if row["sample_id"] == name:
            reason = {"rule": rule, "value": "", "limit": "", "text": ""}
            row |= {"status": status, "keep": status == "kept", "reasons": [reason]}
    run.shards("decisions")[0].unlink()
    run.write_shard("decisions", 0, schema.from_rows("decisions", decisions))
    return name


def detail(runs: Runs) -> float:
    """Return how much of the picture with `CAPTION` on the page is lost by halving it: of a blurred one, little."""
    (picture,) = (source for source, alt in pictures(runs) if alt == CAPTION)
    return detail_of(picture)


def pictures(runs: Runs) -> list[tuple[str, str]]:
    """Return every picture on the page as base64, with the words for those who cannot see it."""
    page = write_report(runs.audit).read_text("utf-8")
    found = re.findall(r'<img src="data:image/webp;base64,([^"]+)" alt="([^"]*)"', page)
    return [(source, html.unescape(alt)) for source, alt in found]


def detail_of(picture: str) -> float:
    image = Image.open(io.BytesIO(base64.b64decode(picture))).convert("L")
    small = image.resize((image.width // 2, image.height // 2)).resize(image.size, Image.Resampling.BICUBIC)
    return float(np.abs(np.asarray(image, float) - np.asarray(small, float)).mean())


@pytest.mark.parametrize(
    ("status", "rule", "why"),
    [
        ("quarantined", "anything", "quarantined"),
        ("dropped", "safety_md5", "flagged as unsafe"),
        ("dropped", "precomputed_punsafe", "flagged as unsafe"),
        ("dropped", "opt_out_domain", "its owner opted out"),
    ],
)
def test_a_veiled_twin_is_blurred_on_the_page(runs: Runs, status: str, rule: str, why: str) -> None:
    sharp = detail(runs)
    name = decide_anew(runs, status, rule)
    assert veiled(runs.audit, [name]) == {name: why}
    assert detail(runs) < sharp / 4


def test_a_row_dropped_for_another_reason_is_not_veiled(runs: Runs) -> None:
    name = decide_anew(runs, "dropped", "caption_words")
    assert veiled(runs.audit, [name]) == {}


def painted(runs: Runs, prompt: str, replicate: int) -> str:
    rows = runs.audit.read("requests").to_pylist()
    (name,) = (row["request_id"] for row in rows if (row["prompt"], row["replicate"]) == (prompt, replicate))
    return str(name)


def test_a_painted_picture_that_is_read_as_unsafe_is_blurred_on_the_page_and_no_other(runs: Runs) -> None:
    keep_paths(runs.audit)  # the ways from snow to picture lead there too
    before, name = pictures(runs), painted(runs, "judge", 0)
    read_as(runs.audit, "sample", name, 0.97)
    read_as(runs.audit, "sample", painted(runs, "firefighter", 0), 0.02)
    assert veiled_samples(runs.audit) == {name: "read as unsafe by nsfw"}
    after = pictures(runs)
    assert [alt for _, alt in after] == [alt for _, alt in before]
    changed = [(old, new, alt) for (old, alt), (new, _) in zip(before, after, strict=True) if old != new]
    assert [alt for _, _, alt in changed] == [
        "judge", "judge · 0: step 0 of 4", "judge · 0: step 2 of 4", "judge · 0: picture"
    ]  # fmt: skip
    assert all(detail_of(new) < detail_of(old) / 4 for old, new, _ in changed)


def test_what_an_annotator_cannot_tell_is_not_veiled(runs: Runs) -> None:
    read_as(runs.audit, "sample", painted(runs, "judge", 0), 0.6, abstained=True)
    assert veiled_samples(runs.audit) == {}


def test_a_picture_of_the_dataset_that_an_audit_reads_as_unsafe_is_blurred_too(runs: Runs) -> None:
    sharp = detail(runs)
    name = decide_anew(runs, "dropped", "caption_words")
    read_as(runs.audit, "pair", name, 0.97)
    assert veiled(runs.audit, [name]) == {name: "read as unsafe by nsfw"}
    assert detail(runs) < sharp / 4
    decide_anew(runs, "quarantined", "anything")
    assert veils(runs.audit)["sample_id"].to_pylist().count(name) == 1
    assert veiled(runs.audit, [name]) == {name: "quarantined"}


def test_a_blurred_picture_holds_no_more_than_a_few_pixels() -> None:
    for place in range(3):
        data = encode_png(photograph(place))
        image = Image.open(io.BytesIO(blurred_thumbnail(data, 112))).convert("RGB")
        assert max(image.size) == 112
        again = image.resize((BLURRED_SIDE, BLURRED_SIDE), Image.Resampling.BOX).resize(
            image.size, Image.Resampling.BICUBIC
        )
        assert np.abs(np.asarray(image, float) - np.asarray(again, float)).mean() < 5
