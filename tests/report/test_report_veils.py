"""A report never holds the sharp picture of a row that was set aside, flagged or opted out."""

from __future__ import annotations

import base64
import html
import io
import re

import numpy as np
import pytest
from PIL import Image
from run_folder import Runs, photograph

from toolkit import schema
from toolkit.images import encode_png
from toolkit.report.pictures import BLURRED_SIDE, blurred_thumbnail
from toolkit.report.stage import write_report
from toolkit.report.veils import veiled

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
    page = write_report(runs.audit).read_text("utf-8")
    found = re.findall(r'<img src="data:image/webp;base64,([^"]+)" alt="([^"]*)"', page)
    (picture,) = (source for source, alt in found if html.unescape(alt) == CAPTION)
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


def test_a_blurred_picture_holds_no_more_than_a_few_pixels() -> None:
    for place in range(3):
        data = encode_png(photograph(place))
        image = Image.open(io.BytesIO(blurred_thumbnail(data, 112))).convert("RGB")
        assert max(image.size) == 112
        again = image.resize((BLURRED_SIDE, BLURRED_SIDE), Image.Resampling.BOX).resize(
            image.size, Image.Resampling.BICUBIC
        )
        assert np.abs(np.asarray(image, float) - np.asarray(again, float)).mean() < 5
