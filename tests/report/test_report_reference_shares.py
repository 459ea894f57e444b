"""What a share is held against: even, the training data, labour statistics; and a share in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.audit.references import load_references
from toolkit.report.measured import Place
from toolkit.report.reference_shares import (
    CAPTIONS,
    EVEN,
    KEPT,
    LABOUR,
    distances,
    floor_around,
    reference_shares,
)
from toolkit.report.share_words import distance_in_words, share_in_words
from toolkit.statistics.noise_floor import total_variation_floor

PLACE = Place("m", "gender presentation", "clip", "woman")
EMPTY = dict.fromkeys(("low", "high", "n", "n_effective", "abstained", "floor", "reference", "q", "not_measurable"))


def row(value, measure="share", group="woman", *, subject="m", slice_name="judge", annotator="clip", **figures):
    place = {"subject": subject, "slice": slice_name, "attribute": PLACE.attribute, "group": group}
    fixed = {"measure": measure, "annotator": annotator, "correction": "uncorrected", "method": "wilson"}
    return EMPTY | place | fixed | {"value": value} | figures


def both(share, **figures):
    return [row(share, **figures), row(1 - share, group="man", **figures)]


def known(rows, place=PLACE):
    return {one.key: one for one in reference_shares(rows, place)}


def test_labour_statistics_are_there_without_being_asked_for():
    found = known(both(0.12))
    assert list(found) == [EVEN, LABOUR]
    assert found[EVEN].shares == {"judge": 0.5}
    (bundled,) = load_references(["set:occupations"])["judge"]
    assert found[LABOUR].shares == {"judge": bundled.shares["woman"]}
    assert found[LABOUR].sources["judge"] == bundled.source


def test_shares_of_the_data_are_those_of_its_rows():
    rows = [
        *both(0.12, low=0.09, high=0.16),
        row(0.3, "ledger_kept"),
        row(-0.28, "difference_from_captions"),
        *both(0.25, subject="data:emoji/x", method="census; small: 4 pictures"),
        *both(0.75, subject="data:emoji/x", annotator="nearest-variant", method="census"),
        *both(0.5, subject="another model"),
    ]
    found = known(rows)
    assert found[KEPT].shares == {"judge": 0.3}
    assert found[CAPTIONS].shares == {"judge": pytest.approx(0.4)}
    assert found["data:emoji/x"].shares == {"judge": 0.25}
    assert found["data:emoji/x nearest-variant"].shares == {"judge": 0.75}
    assert found["data:emoji/x nearest-variant"].name == "emoji/x (data), read by nearest variant"
    assert not any("another" in key for key in found)


def test_published_shares_of_a_run_come_before_those_that_are_bundled():
    source = "BLS, another year: Judges, women 41 %"
    found = known([*both(0.12), row(-0.29, "difference_from_reference", reference=source)])
    assert found[LABOUR].shares == {"judge": pytest.approx(0.41)}
    assert found[LABOUR].sources == {"judge": source}
    other = known([*both(0.12), row(0.02, "difference_from_reference", reference="ISTAT 2023: giudici")])
    assert other["ISTAT 2023"].shares == {"judge": pytest.approx(0.10)}
    assert LABOUR not in other  # the bundled figure of a slice gives way to the run's own


def test_attributes_that_labour_statistics_do_not_know_have_none():
    rows = [row(0.1, group=f"monk-{tone}") for tone in range(1, 11)]
    assert list(known(rows, PLACE._replace(group="monk-3"))) == [EVEN]


@given(st.integers(1, 300), st.floats(0.01, 0.99))
def test_floor_is_that_of_a_model_with_just_that_share(n, share):
    mine = row(0.5, low=0.1, high=0.9, n=n, n_effective=float(n), floor=0.3)
    found = known([mine, row(0.5, group="man"), row(0.5 - share, "difference_from_reference", reference="a: b")])
    expected = total_variation_floor(n, 2, reference=[share, 1 - share])
    assert floor_around(mine, found["a"]) == pytest.approx(expected, rel=1e-6)
    assert floor_around(mine, found[EVEN]) == 0.3
    assert floor_around(mine | {"low": None}, found["a"]) is None
    assert floor_around(mine | {"slice": "cook"}, found["a"]) is None


def test_distances_are_those_of_the_reference_that_is_chosen():
    source = "BLS, another year: Judges, women 41 %"
    rows = [
        *both(0.12),
        row(-0.29, "difference_from_reference", reference=source, low=-0.32, high=-0.25, floor=0.02, q=0.0001),
        row(0.29, "total_variation_from_reference", "all", reference=source, low=0.25, high=0.32, floor=0.02),
        row(0.38, "total_variation", "all", reference="uniform"),
    ]
    found = known(rows)
    labour = distances(rows, PLACE, "judge", found[LABOUR])
    assert [one["measure"] for one in labour] == ["difference_from_reference", "total_variation_from_reference"]
    assert [one["value"] for one in distances(rows, PLACE, "judge", found[EVEN])] == [0.38]
    assert distances(rows, PLACE, "cook", found[LABOUR]) == []
    words = [distance_in_words(one, found[LABOUR]) for one in labour]
    assert words[0] == (
        "The share of women lies 29 points [25, 32] below labour statistics; by chance 2 points; q < 0.001."
    )
    assert words[1].startswith("All groups together lie 29 points [25, 32] from labour statistics")


def test_a_share_in_words_names_its_reference():
    mine = row(0.12, low=0.09, high=0.16, n=400, abstained=3, q=0.0002)
    labour = known([*both(0.12), row(-0.26, "difference_from_reference", reference="BLS: Judges")])[LABOUR]
    words = share_in_words(mine, labour).replace("\N{NO-BREAK SPACE}", " ")
    assert words == (
        "women 12 % [9, 16] of 400 that could be told; labour statistics: 38 %; 3 not told; uncorrected; "
        "q < 0.001 beside an even share."
    )
    assert "labour statistics: no figure for it" in share_in_words(mine | {"slice": "cook"}, labour)
