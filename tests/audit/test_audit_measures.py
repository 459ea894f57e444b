"""Labels to measures: nothing is dropped, shares are shares, draws have intervals and a census has none."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit import schema
from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.measure import measure
from toolkit.audit.measuring.readings import read_labels
from toolkit.audit.subjects import Subject
from toolkit.statistics.intervals import wilson

READINGS = st.lists(
    st.tuples(st.sampled_from(["zoo:latent", "theirs", "data:emoji/google"]), st.sampled_from(["judge", "cook"]),
              st.sampled_from(["woman", "man", None])),
    min_size=1,
    max_size=80,
)  # fmt: skip


def audit_rows(readings, *, seeds=None, attribute="gender presentation", values=("woman", "man")):
    subjects, labels = [], []
    for place, (origin, concept, value) in enumerate(readings):
        kind = "pair" if origin.startswith("data:") else "sample"
        seed = None if seeds is None else seeds[place]
        subjects.append(Subject(kind, str(place), origin, (concept,), concept, concept, {}, Path(), seed=seed))
        labels.append(
            {
                "subject_kind": kind,
                "subject_id": str(place),
                "instance": 0,
                "annotator": "clip",
                "annotator_version": "1",
                "reviewer": "",
                "attribute": attribute,
                "value": value,
                "probabilities": [(one, 1.0 if one == value else 0.0) for one in values],
                "abstained": value is None,
            }
        )
    readings = read_labels(schema.from_rows("labels", labels), subjects)
    return schema.from_rows("measures", measure(Evidence.of(subjects, readings))).to_pylist()


def shares(rows, **wanted):
    return [
        row for row in rows if row["measure"] == "share" and all(row[key] == value for key, value in wanted.items())
    ]


@given(READINGS)
@settings(deadline=None)
def test_told_and_abstained_are_all_labels_and_shares_sum_to_one(readings):
    rows = audit_rows(readings)
    for origin in {origin for origin, _, _ in readings}:
        for concept in ("judge", "cook", "all"):
            here = [v for o, c, v in readings if o == origin and concept in (c, "all")]
            found = shares(rows, subject=origin, slice=concept)
            assert len(found) == (2 if here else 0)
            assert all(row["n"] + row["abstained"] == len(here) for row in found)
            told = Counter(value for value in here if value is not None)
            for row in found:
                if told:
                    assert row["value"] == pytest.approx(told[row["group"]] / told.total(), abs=1e-6)
                    assert row["not_measurable"] is None
                else:
                    assert row["value"] is None
                    assert f"abstained on all {len(here)}" in row["not_measurable"]


@given(READINGS)
@settings(deadline=None)
def test_the_worst_case_holds_every_way_the_abstentions_could_have_gone(readings):
    rows = {(row["subject"], row["slice"], row["group"], row["measure"]): row for row in audit_rows(readings)}
    for (subject, name, group, kind), row in rows.items():
        if kind == "share" and row["value"] is not None and row["abstained"]:
            low = rows[subject, name, group, "share_worst_low"]["value"]
            high = rows[subject, name, group, "share_worst_high"]["value"]
            assert low - 1e-6 <= row["value"] <= high + 1e-6
            assert high - low == pytest.approx(row["abstained"] / (row["n"] + row["abstained"]), abs=2e-6)


@given(READINGS)
@settings(deadline=None)
def test_draws_have_intervals_floors_and_q_and_a_census_has_none(readings):
    for row in shares(audit_rows(readings)):
        inferred = [row[column] for column in ("low", "high", "confidence", "floor", "p", "q")]
        if row["subject"].startswith("data:"):
            assert row["method"] == "census"
            assert inferred == [None] * 6
        elif row["value"] is not None:
            hits = round(row["value"] * row["n"])
            assert (row["low"], row["high"]) == pytest.approx(wilson(hits, row["n"]), abs=1e-6)
            assert row["p"] <= row["q"] + 1e-6 <= 1 + 1e-6
            assert row["reference"] == "uniform"


def test_pictures_of_one_seed_count_as_one_draw():
    readings = [("m", "judge", "woman")] * 40
    (apart,) = shares(audit_rows(readings, seeds=list(range(40))), slice="judge", group="woman")
    (shared,) = shares(audit_rows(readings, seeds=[place % 10 for place in range(40)]), slice="judge", group="woman")
    assert (apart["n"], apart["n_effective"]) == (40, 40)
    assert (shared["n"], shared["n_effective"]) == (40, 10)
    assert (shared["low"], shared["high"]) == pytest.approx(wilson(10, 10), abs=1e-6)
    assert shared["p"] > apart["p"]


def test_ten_groups_are_compared_with_a_tenth_each():
    tones = tuple(f"monk-{tone}" for tone in range(1, 11))
    rows = audit_rows([("m", "judge", "monk-6")] * 50, attribute="skin tone", values=tones)
    found = shares(rows, slice="judge")
    assert {row["group"] for row in found} == set(tones)
    (distance,) = [row for row in rows if row["measure"] == "total_variation" and row["slice"] == "judge"]
    assert distance["value"] == pytest.approx(0.9)
    assert distance["low"] <= 0.9 <= distance["high"]
    assert 0 < distance["floor"] < 0.2
    (six,) = [row for row in found if row["group"] == "monk-6"]
    assert six["q"] < 1e-6


def test_two_mirrored_groups_have_one_p_and_q():
    woman, man = shares(audit_rows([("m", "judge", "woman")] * 30 + [("m", "judge", "man")] * 10), slice="judge")
    assert woman["p"] == pytest.approx(man["p"])
    assert woman["q"] == pytest.approx(man["q"])


def test_a_fair_model_is_rarely_called_unfair():
    random = np.random.default_rng(5)
    called = 0
    for _ in range(60):
        readings = [
            ("m", f"role {place}", "woman" if random.random() < 0.5 else "man")
            for place in range(10)
            for _ in range(40)
        ]
        called += any(row["q"] <= 0.05 for row in shares(audit_rows(readings)) if row["slice"] != "all")
    assert called <= 8
