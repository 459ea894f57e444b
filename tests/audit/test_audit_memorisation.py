"""Memorisation: copies are found, new pictures of the same things are not."""

import numpy as np
import pytest
from shown import Shown, evidence_of, measured, rows_of

from toolkit import schema
from toolkit.audit.measuring.measure import measure
from toolkit.held_out import HeldOut

SIZE = 32


def around(concept, count, *, spread=0.6, seed, kind="sample", origin="m"):
    random = np.random.default_rng(seed)
    centre = np.eye(SIZE)[hash_of(concept)]
    vectors = centre + spread * random.standard_normal((count, SIZE)) / np.sqrt(SIZE)
    return [Shown(kind, concept, None, concept, place, vector=one, origin=origin) for place, one in enumerate(vectors)]


def hash_of(concept):
    return "abcdef".index(concept)


def training(count=60):
    return [one for place, name in enumerate("abcdef")
            for one in around(name, count, seed=place, kind="pair", origin="data:art")]  # fmt: skip


def figure(rows, measure, concept="all"):
    (row,) = rows_of(rows, measure=measure, slice=concept)
    return row


def test_copies_stand_out_above_the_null_and_its_floor():
    data = training()
    new = [one for place, name in enumerate("abc") for one in around(name, 40, seed=50 + place)]
    copies = [one._replace(kind="sample", origin="m", seed=900 + place) for place, one in enumerate(data[:40])]
    fair, copied = measured(data + new), measured(data + copies)
    for name in ("null_95", "null_99", "neighbours_95", "neighbours_99"):
        row, same = figure(copied, f"share_above_{name}"), figure(fair, f"share_above_{name}")
        assert row["value"] == 1
        assert row["low"] > 0.9
        assert same["value"] == pytest.approx(same["floor"], abs=0.15)
        assert same["p"] > 0.01
    assert figure(copied, "share_above_neighbours_95")["floor"] == pytest.approx(0.05, abs=0.01)
    assert figure(copied, "share_above_neighbours_99")["q"] <= 0.001
    assert figure(copied, "nearest_training_similarity")["value"] == pytest.approx(1, abs=1e-5)
    assert figure(fair, "nearest_training_similarity")["value"] < 0.95
    assert figure(fair, "share_above_null_95")["reference"] == "360 training pictures about the audit's concepts"


def held_out_rows(data, pictures, **options):
    evidence = evidence_of(data + pictures)._replace(held_out={"m": HeldOut(0.0, 0, ("unseen",), **options)})
    return schema.from_rows("measures", measure(evidence)).to_pylist()


def test_what_training_did_not_see_is_the_null_where_it_is_known():
    unseen = [one for place, name in enumerate("abc")
              for one in around(name, 40, seed=100 + place, kind="pair", origin="data:unseen")]  # fmt: skip
    data = training()
    new = [one for place, name in enumerate("abc") for one in around(name, 40, seed=50 + place)]
    copies = [one._replace(kind="sample", origin="m", seed=900 + place) for place, one in enumerate(data[:40])]
    fair, copied = held_out_rows(data + unseen, new), held_out_rows(data + unseen, copies, start="first")
    row, same = figure(copied, "share_above_held_out_95"), figure(fair, "share_above_held_out_95")
    assert row["low"] > 0.9
    assert row["q"] <= 0.001
    assert same["floor"] == pytest.approx(0.05, abs=0.01)
    assert same["low"] <= same["floor"] <= same["high"]
    assert same["reference"] == (
        "360 training pictures about the audit's concepts; null: 120 pictures that training did not see"
    )
    assert row["reference"].endswith("though first, which it went on from, may have")
    assert figure(fair, "share_above_null_95")["reference"] == "360 training pictures about the audit's concepts"


def test_without_enough_held_out_pictures_their_null_says_so_and_without_a_record_there_is_none():
    new = around("a", 10, seed=9)
    row = figure(held_out_rows(training(), new), "share_above_held_out_95", "a")
    assert row["not_measurable"] == "0 held-out pictures have one to be compared with; 20 are needed for 95 %"
    assert not rows_of(measured(training() + new), measure="share_above_held_out_95")


def test_too_few_training_pictures_have_no_null():
    rows = measured(training(2) + around("a", 10, seed=9))
    row = figure(rows, "share_above_null_95", "a")
    assert row["not_measurable"] == ("12 training pictures have one to be compared with; 20 are needed for 95 %")
    one_concept = around("a", 30, seed=1, kind="pair", origin="data:art") + around("a", 10, seed=9)
    assert figure(measured(one_concept), "share_above_null_99")["not_measurable"].startswith("0 training pictures")


def test_copies_within_the_training_set_hide_others_and_that_is_said():
    data = training(20)
    rows = measured(data + data[:30] + [one._replace(kind="sample", origin="m") for one in data[:10]])
    assert "have a copy in the set" in figure(rows, "share_above_neighbours_95")["not_measurable"]


def test_without_data_there_is_one_row_that_says_so():
    (row,) = rows_of(measured(around("a", 10, seed=9)), measure="nearest_training_similarity")
    assert "give the run that `tain curate` wrote" in row["not_measurable"]
