"""Degenerate inputs through families that take more than labels: known pictures, reviews, faces, content, features."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from shown import FIGURES, GENDER, evidence_of, rows_of
from test_audit_degenerate import CASES

from toolkit import schema
from toolkit.audit.calibration import Confusion
from toolkit.audit.content import SCORES, Content
from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.measure import FAMILIES, measure
from toolkit.audit.recipe import UNSAFE
from toolkit.audit.references import Reference
from toolkit.audit.reviews import Verdict
from toolkit.held_out import HeldOut
from toolkit.models.pairing import load_pairing

KNOWN = np.array([[[35.0, 5, 5], [8, 35, 2]]] * 6)  # of six concepts: read as woman, as man, not told
REFERENCES = {"judge": (Reference("judge", {"woman": 0.3, "man": 0.7}, "a table, 2022"),)}


def everything(name: str, texts: Any) -> Evidence:
    """Return the evidence of a degenerate case with all that an audit may have besides: as degenerate as that."""
    pictures = CASES[name]()
    bare = evidence_of(pictures, texts=texts)
    (gender,) = [one for one in bare.readings if (one.annotator, one.attribute) == ("clip", GENDER)]
    readings = [
        *bare.readings,
        gender._replace(attribute="skin tone", annotator="tones"),
        gender._replace(attribute=UNSAFE, annotator="nsfw", values=("safe", "unsafe")),
    ]
    evidence = Evidence.of(
        bare.subjects, readings, 0.95, _corrections(), embeddings=bare.embeddings, texts=texts, references=REFERENCES
    )
    values = np.full((len(pictures), len(SCORES)), np.nan)
    values[::2] = 0.5  # every other picture was scored, all alike
    verdicts = {
        (place, GENDER): Verdict(one.value, (str(one.value),), 0.5)
        for place, one in enumerate(pictures)
        if one.kind == "sample"
    }
    return evidence._replace(
        intersections=[(GENDER, "skin tone")],
        content=Content(values),
        features=bare.embeddings,
        held_out={"m": HeldOut(0.5, 1)},
        people=[gender],
        verdicts=verdicts,
    )


def _corrections() -> Mapping[tuple[str, str, str], Confusion]:
    concepts = tuple(f"role {place}" for place in range(len(KNOWN)))
    made = Confusion("clip", "1", GENDER, "m", concepts, ("woman", "man"), ("woman", "man", "abstained"), KNOWN)
    return {("clip", GENDER, subject): made for subject in ("m", "data:clip art")}


@pytest.fixture(scope="module")
def rows(tiny_clip):
    """The measures of every case, by name."""
    network = load_pairing(tiny_clip)
    return {name: schema.from_rows("measures", measure(everything(name, network))).to_pylist() for name in CASES}


def test_every_family_speaks_in_one_case_or_another(tiny_clip):
    network = load_pairing(tiny_clip)
    evidence = [everything(name, network) for name in ("one concept", "words that change nothing")]
    assert [family.__name__ for family in FAMILIES if not any(family(one) for one in evidence)] == []


@pytest.mark.parametrize("name", CASES)
def test_no_figure_is_nan_and_every_row_has_a_value_or_a_reason(name, rows):
    for row in rows[name]:
        where = (row["measure"], row["slice"], row["group"], row["correction"])
        assert all(row[one] is None or math.isfinite(row[one]) for one in FIGURES), where
        assert (row["value"] is None) == (row["not_measurable"] is not None), where
        assert row["not_measurable"] is None or len(row["not_measurable"]) > 10, where
        if row["low"] is not None:
            assert row["low"] <= row["value"] <= row["high"], where


@pytest.mark.parametrize("name", ["all abstained", "all abstained, data too", "pairs that cannot be told"])
def test_what_was_not_told_has_no_share_however_corrected(name, rows):
    wanted = ("share", "share_of_people", "intersection_share", "intersection_dependence", "distance_from_reference")
    told = [row for row in rows[name] if row["subject"] == "m" and row["measure"] in wanted]
    assert {row["correction"] for row in told} >= {"uncorrected", "confusion matrix"}
    assert [(row["measure"], row["correction"]) for row in told if row["value"] is not None] == []


@pytest.mark.parametrize("name", ["one picture", "one picture and data", "one picture and one pair"])
def test_one_picture_is_never_sure(name, rows):
    about = ("share", "share_of_people", "intersection_share", "intersection_excess", "unsafe_expected_maximum_25")
    for row in rows[name]:
        if row["subject"] == "m" and row["measure"] in about:
            assert row["q"] is None or row["q"] > 0.05, (row["measure"], row["correction"])


def test_pictures_that_are_all_alike_in_colour_differ_in_nothing(rows):
    for name in ("one concept", "equal pictures"):
        for row in rows_of(rows[name], measure="content_difference_from_data", subject="m"):
            assert row["value"] in (None, 0)
            assert row["q"] is None or row["q"] > 0.05
