"""Related rows: what a rule on copies takes of a part of the rows, it takes of the related ones in it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from own_fingerprints import OwnFingerprints
from PIL import Image, ImageOps
from reasons import reasons
from skimage import data

from toolkit.curate.duplicates.exact import ExactDuplicates
from toolkit.curate.duplicates.fingerprints import Fingerprints
from toolkit.curate.duplicates.keepers import KeepPolicy
from toolkit.curate.duplicates.looks import Looks
from toolkit.curate.duplicates.semantic import SemanticDuplicates
from toolkit.curate.rule import Rule
from toolkit.curate.scorer import Batch

_CONTENTS = 8


def embeddings(content_ids: Sequence[str]) -> np.ndarray:
    """Return unit vectors, some of them near each other, others not, and one that is not known."""
    angles = np.array([0.0, 0.2, 0.4, 0.6, 2.0, 2.2, 3.0, np.nan])[[int(one) for one in content_ids]]
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


RULES = (
    ExactDuplicates(),
    ExactDuplicates(KeepPolicy("first")),
    OwnFingerprints(Looks(10, 2.5, 4.5)),
    OwnFingerprints(Looks(10, 2.5, 4.5), policy=KeepPolicy("first")),
    OwnFingerprints(Looks(10, 2.5, 4.5), cosine=0.95, embeddings=embeddings),
    SemanticDuplicates(0.97, embeddings),
)


def _pictures() -> list[np.ndarray]:
    """Return photographs, each also smaller, flipped, within a border, and cropped."""
    found = []
    for name in ("chelsea", "coffee", "rocket"):
        whole = Image.fromarray(getattr(data, name)()[:200, :240])
        cropped = whole.crop((6, 5, 234, 195))
        others = (whole.resize((120, 100)), ImageOps.mirror(whole), ImageOps.expand(whole, 20, "white"), cropped)
        found += [np.asarray(one) for one in (whole, *others)]
    return found


PRINTS = pa.table(
    {name: pa.array(values, Fingerprints().columns[name])
     for name, values in Fingerprints().score(Batch(thumbnails=_pictures())).items()}
)  # fmt: skip


def _rows(random: np.random.Generator, size: int) -> pa.Table:
    """Return rows that often share their picture and what their captions say."""
    few = {
        "sample_id": random.permutation([f"{row:03}" for row in range(size)]),
        "content_id": random.integers(0, _CONTENTS, size).astype(str),
        "people_named": random.choice(["", "man"], size, p=[0.8, 0.2]),
        "skin_tone_named": random.choice(["", "dark"], size, p=[0.8, 0.2]),
        "sides_named": random.choice(["", "left"], size),
        "caption_template": random.choice(["a", "b"], size),
    }
    rows = PRINTS.take(pa.array(random.integers(0, PRINTS.num_rows, size)))
    for name, values in few.items():
        rows = rows.append_column(name, pa.array(values.tolist(), pa.string()))
    for name in ("width", "height"):
        rows = rows.append_column(name, pa.array(random.integers(1, 3, size), pa.int32()))
    return rows


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.name} {rule.policy.keep} {getattr(rule, 'cosine', 0)}")
@given(seed=st.integers(0, 2**32), size=st.integers(0, 25))
@settings(max_examples=40, deadline=None)
def test_of_a_part_the_related_rows_are_taken_as_they_would_be_of_all_of_it(rule: Rule, seed: int, size: int) -> None:
    random = np.random.default_rng(seed)
    rows = _rows(random, size)
    part = np.flatnonzero(random.random(size) < 0.6)
    related = rule.judge(rows).related
    assert related is not None
    some = np.intersect1d(part, related)
    of_part, of_some = (
        {int(at[row]): reason for row, reason in reasons(rule.judge(rows.take(pa.array(at)))).items()}
        for at in (part, some)
    )
    assert of_some == of_part
