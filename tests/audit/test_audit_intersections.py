"""Two attributes read of the same pictures: what meets more often than chance, and what cannot be told."""

import numpy as np
import pytest
from shown import Shown, evidence_of, rows_of

from toolkit import schema
from toolkit.audit.measuring.measure import measure
from toolkit.audit.measuring.readings import ABSTAINED, Readings

TONES = ("light", "dark")
BOTH = "gender presentation & skin tone"


def crossed(people, *, doubted=(), kind="sample", origin="m", seeds=None):
    """Measure pictures of (gender, tone), of which either may be None; genders are read by `clip`, tones by `tones`."""
    pictures = [
        Shown(kind, "judge", gender, "judge", None if seeds is None else seeds[place], origin=origin)
        for place, (gender, _) in enumerate(people)
    ]
    evidence = evidence_of(pictures)
    codes = [ABSTAINED if tone is None else TONES.index(tone) for _, tone in people]
    places = np.arange(len(people))
    tones = Readings("tones", "1", "skin tone", TONES, places, np.array(codes), np.zeros(len(people), np.bool_))
    whole = type(evidence).of(evidence.subjects, [*evidence.readings, tones])
    whole = whole._replace(intersections=[("gender presentation", "skin tone")], doubted=doubted)
    return rows_of(schema.from_rows("measures", measure(whole)).to_pylist(), attribute=BOTH)


def only(rows, measure, group, where="judge"):
    (row,) = rows_of(rows, measure=measure, group=group, slice=where)
    return row


PLANTED = (
    [("woman", "light")] * 40 + [("man", "light")] * 20 + [("woman", "dark")] * 5 + [("man", "dark")] * 35
)  # fmt: skip


def test_what_was_planted_is_found_cell_by_cell():
    rows = crossed(PLANTED + [("woman", None)] * 3 + [(None, "dark")] * 4)
    share = only(rows, "intersection_share", "woman & light")
    assert (share["value"], share["n"], share["abstained"]) == (0.4, 100, 7)
    assert share["low"] < 0.4 < share["high"]
    more = only(rows, "intersection_excess", "woman & light")
    assert more["value"] == pytest.approx(0.4 - 0.45 * 0.6)
    assert more["low"] > more["floor"] > 0
    assert more["q"] < 0.001
    assert more["reference"] == "product of the margins"
    fewer = only(rows, "intersection_excess", "woman & dark")
    assert fewer["value"] == pytest.approx(-more["value"])
    assert fewer["annotator"] == "clip & tones"
    assert "small: 5 pictures" in fewer["method"]
    assert "small" not in more["method"]
    whole = only(rows, "intersection_dependence", "all")
    assert whole["low"] > whole["floor"]
    assert whole["p"] == pytest.approx(1e-4)


def test_independent_attributes_show_nothing_beyond_the_floor():
    rows = crossed([(gender, tone) for gender in ("woman", "man") for tone in TONES] * 10)
    whole = only(rows, "intersection_dependence", "all")
    assert whole["value"] < whole["floor"]
    assert whole["p"] == 1
    assert all(row["p"] == 1 for row in rows_of(rows, measure="intersection_excess"))


def test_pictures_that_share_noise_count_once():
    alone, shared = crossed(PLANTED), crossed(PLANTED, seeds=[place // 2 for place in range(100)])
    first, second = (only(rows, "intersection_excess", "woman & light") for rows in (alone, shared))
    assert second["n_effective"] == 50
    assert second["value"] == first["value"]
    assert second["high"] - second["low"] > first["high"] - first["low"]
    assert second["p"] > first["p"]


def test_a_dataset_is_described_and_nothing_is_inferred():
    rows = crossed(PLANTED, kind="pair", origin="data:art")
    assert rows
    for row in rows:
        assert row["method"].startswith("census")
        assert [row[column] for column in ("low", "high", "p", "q", "floor", "confidence")] == [None] * 6
    assert only(rows, "intersection_share", "man & dark")["value"] == 0.35


@pytest.mark.parametrize(
    ("people", "why"),
    [
        ([("woman", "light")] * 9, "one value of gender presentation alone"),
        ([("woman", "light"), ("man", "light")] * 9, "one value of skin tone alone"),
        ([("woman", None), (None, "dark")] * 3, "abstained on each of 6 pictures"),
    ],
)
def test_where_nothing_can_go_together_one_row_says_why(people, why):
    rows = crossed(people)
    assert {row["slice"] for row in rows} == {"judge", "all"}
    assert all(why in row["not_measurable"] for row in rows)


def test_annotators_that_are_not_reliable_are_not_crossed():
    (row,) = crossed(PLANTED, doubted={("tones", "skin tone")})
    assert row["not_measurable"].startswith("tones: not shown to agree with known truth")
