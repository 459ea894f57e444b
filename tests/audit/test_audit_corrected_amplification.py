"""Corrected amplification: what an annotator's errors hide is found, what they feign is not."""

import pytest
from planted import Audit
from shown import rows_of

CORRECTED = "confusion matrix"
NAIVE = "amplification_all_captions"


def planted(data, model, *, of_data=True, seed=0):
    """`data` and `model` are the true shares of women, of judges and of tailors."""
    made = Audit(seed)
    for concept, in_data, in_model in zip(("judge", "tailor"), data, model, strict=True):
        made.paired(concept, 600, women=in_data)
        made.painted(concept, 600, women=in_model)
    for role in range(15):
        for domain in ("m", "data:art") if of_data else ("m",):
            made.known(f"role {role}", each=40, domain=domain)
    return made.rows({"m": ("m",), "data:art": ("data:art",)})


def only(rows, measure, where="all", correction=CORRECTED):
    (row,) = rows_of(rows, measure=measure, slice=where, correction=correction)
    return row


@pytest.fixture(scope="module")
def amplified():
    return planted((0.6, 0.4), (0.95, 0.05))


def test_what_is_amplified_holds_what_was_planted_beside_the_raw_figure(amplified):
    for where in ("judge", "tailor", "all"):
        row, raw = only(amplified, NAIVE, where), only(amplified, NAIVE, where, "uncorrected")
        assert row["low"] < 0.35 < row["high"]
        assert raw["value"] is not None
        assert row["calibration_id"]
    assert only(amplified, NAIVE)["low"] > only(amplified, NAIVE)["floor"]
    assert only(amplified, NAIVE)["p"] < 0.05
    assert only(amplified, "amplification_zhao")["low"] < 0.35 < only(amplified, "amplification_zhao")["high"]
    assert only(amplified, "amplification_directional")["value"] > 0.2
    with pytest.raises(ValueError):
        only(amplified, "amplification_directional", "judge")


def test_equal_shares_are_not_amplified():
    rows = planted((0.7, 0.3), (0.7, 0.3))
    for measure in (NAIVE, "amplification_zhao", "amplification_directional"):
        row = only(rows, measure)
        assert row["low"] < 0 < row["high"]
        assert row["p"] > 0.05


def test_a_corrected_model_is_held_against_no_raw_data():
    rows = planted((0.6, 0.4), (0.9, 0.1), of_data=False)
    for measure in (NAIVE, "amplification_zhao", "amplification_directional"):
        assert "name under `domains`" in only(rows, measure)["not_measurable"]
    nearest = only(rows, "amplification_nearest_captions")
    assert "texts cannot be embedded" in nearest["not_measurable"]
