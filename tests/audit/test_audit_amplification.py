"""Amplification: against by-hand figures, with the floor of few pictures, and without false alarms."""

import numpy as np
import pytest
from shown import evidence_of, measured, painted, paired, rows_of

from toolkit.audit.measuring.amplification import measure_amplification
from toolkit.audit.measuring.measure import measure
from toolkit.models.pairing import load_pairing

FORMS = ("amplification_all_captions", "amplification_neutral_captions", "amplification_nearest_captions")


def figure(rows, measure, concept="all"):
    (row,) = rows_of(rows, measure=measure, slice=concept)
    return row


def test_seshadris_forms_are_those_of_the_captions_they_name():
    pictures = painted("judge", 10, 90) + paired("judge", 30, 70) + paired("judge", 60, 0, caption="woman judge")
    rows = measured(pictures)
    naive, neutral, nearest = (figure(rows, form, "judge" if form != FORMS[2] else "all") for form in FORMS)
    assert naive["value"] == pytest.approx(0.4 - abs(90 / 160 - 0.5), abs=1e-6)
    assert "changed sides" in naive["reference"]
    assert neutral["value"] == pytest.approx(0.4 - 0.2, abs=1e-6)
    assert neutral["low"] < neutral["value"] < neutral["high"]
    assert neutral["q"] <= 0.05
    assert "texts cannot be embedded" in nearest["not_measurable"]
    assert figure(rows, FORMS[1])["value"] == neutral["value"]


def test_nearest_captions_are_found_by_the_network(tiny_clip):
    network = load_pairing(tiny_clip)
    far = [f"a long and other sentence number {place} on law" for place in range(40)]
    pictures = painted("judge", 10, 30) + paired("judge", 4, 8)
    pictures += [one for caption in far for one in paired("judge", 1, 0, caption=caption)]
    evidence = evidence_of(pictures, texts=network)
    row = figure(measure(evidence), FORMS[2], "judge")
    # ten captions (of 41 a quarter) are nearest: "judge" itself, which 12 pictures have, and nine of the others
    assert row["reference"] == "data, 62 % woman of 21; the share changed sides"
    assert row["value"] == pytest.approx(0.25 - abs(13 / 21 - 0.5), abs=1e-6)


def test_a_fair_model_of_few_pictures_shows_the_floor_and_no_more():
    random = np.random.default_rng(2)
    values, found = [], 0
    for _ in range(120):
        women, shown = int(random.binomial(20, 0.5)), int(random.binomial(400, 0.5))
        evidence = evidence_of(painted("judge", women, 20 - women) + paired("judge", shown, 400 - shown))
        row = figure(measure_amplification(evidence), FORMS[0], "judge")
        values.append(row["value"])
        found += row["p"] <= 0.05
    # E|k / 20 - 1/2| - E|k / 400 - 1/2|: nobody amplified anything
    assert np.mean(values) == pytest.approx(0.0881 - 0.0199, abs=0.015)
    (row,) = rows_of(measured(painted("judge", 10, 10) + paired("judge", 200, 200)), measure=FORMS[0], slice="judge")
    assert row["floor"] == pytest.approx(0.0881 - 0.0199, abs=1e-4)
    assert found <= 12


def test_zhao_and_directional_amplification_of_two_concepts_are_those_by_hand():
    pictures = painted("cook", 80, 20) + painted("judge", 20, 80) + paired("cook", 60, 40) + paired("judge", 40, 60)
    rows = measured(pictures)
    zhao, directional = figure(rows, "amplification_zhao"), figure(rows, "amplification_directional")
    assert (zhao["value"], directional["value"]) == (pytest.approx(0.2), pytest.approx(0.2))
    for row in (zhao, directional):
        assert row["low"] < 0.2 < row["high"]
        assert row["low"] > 0
        assert row["p"] <= 0.01
        assert abs(row["floor"]) < 0.05
    assert figure(rows, "amplification_zhao", "cook")["value"] == pytest.approx(0.2)


def test_zhao_takes_any_number_of_groups_and_seshadri_two():
    rows = measured(painted("judge", 5, 5) + paired("judge", 5, 5), values=("woman", "man", "neither"))
    assert "defined for two groups" in figure(rows, FORMS[0])["not_measurable"]
    assert figure(rows, "amplification_zhao", "judge")["value"] == 0
    assert "one concept alone" in figure(rows, "amplification_directional")["not_measurable"]


def test_equal_shares_are_seldom_called_amplified():
    random = np.random.default_rng(8)
    found = 0
    for _ in range(60):
        shares = random.uniform(0.2, 0.8, 4)
        pictures = []
        for concept, share in zip("abcd", shares, strict=True):
            model, data = int(random.binomial(40, share)), int(random.binomial(60, share))
            pictures += painted(concept, model, 40 - model) + paired(concept, data, 60 - data)
        rows = measure_amplification(evidence_of(pictures))
        found += figure(rows, "amplification_directional")["p"] <= 0.05
    assert found <= 8


def test_without_data_there_is_one_row_that_says_so():
    (row,) = [row for row in measured(painted("judge", 5, 5)) if row["measure"].startswith("amplification")]
    assert "give the run that `tain curate` wrote" in row["not_measurable"]
