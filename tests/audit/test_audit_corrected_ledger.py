"""The corrected ledger: planted shares are found at every step, and what cannot be corrected says so."""

import pytest
from planted import Audit
from shown import rows_of

CORRECTED = "confusion matrix"


def planted(*, of_data=True):
    """Half of the raw pairs about judges show women, three quarters of the kept ones, a tenth of what was painted."""
    made = Audit()
    made.paired("judge", 300, women=0.75)
    made.paired("judge", 300, women=0.25, kind="dropped")
    made.painted("judge", 600, women=0.1)
    for role in range(12):
        for domain in ("m", "data:art") if of_data else ("m",):
            made.known(f"role {role}", each=25, domain=domain)
    return made.rows({"m": ("m",), "data:art": ("data:art",)})


@pytest.fixture(scope="module")
def rows():
    return planted()


def only(rows, measure, group="woman", correction=CORRECTED):
    (row,) = rows_of(rows, measure=measure, group=group, slice="judge", correction=correction)
    return row


@pytest.mark.parametrize(("step", "share"), [("raw", 0.5), ("kept", 0.75), ("generated", 0.1)])
def test_each_step_holds_what_was_planted_beside_the_raw_share(rows, step, share):
    row, raw = only(rows, f"ledger_{step}"), only(rows, f"ledger_{step}", correction="uncorrected")
    assert row["low"] < share < row["high"]
    assert (row["n"], row["abstained"]) == (raw["n"], raw["abstained"])
    assert row["calibration_id"]
    assert raw["calibration_id"] is None


@pytest.mark.parametrize(("step", "change", "before"), [("kept", 0.25, "raw"), ("generated", -0.65, "kept")])
def test_changes_hold_what_was_planted_and_are_told(rows, step, change, before):
    row = only(rows, f"ledger_change_{step}")
    assert row["low"] < change < row["high"]
    assert row["low"] * row["high"] > 0
    assert row["reference"] == before
    assert row["q"] < 0.05


def test_the_step_that_moved_most_is_named_from_corrected_shares(rows):
    assert only(rows, "ledger_responsible")["reference"] == "generated"


def test_a_corrected_share_is_held_against_no_raw_one():
    rows = planted(of_data=False)
    assert only(rows, "ledger_generated")["value"] is not None
    for measure in ("ledger_raw", "ledger_kept", "ledger_change_kept", "ledger_change_generated"):
        assert "name under `domains` whose known pictures" in only(rows, measure)["not_measurable"]
    assert only(rows, "ledger_responsible")["not_measurable"] == "no two steps could be measured"
    assert only(rows, "ledger_change_generated", correction="uncorrected")["value"] is not None


def test_where_nothing_is_corrected_there_are_no_such_rows():
    made = Audit()
    made.paired("judge", 30, women=0.5)
    made.painted("judge", 30, women=0.5)
    assert not rows_of(made.rows(), correction=CORRECTED)
