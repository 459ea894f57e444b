"""Figures held against published shares: a CSV in, distances and differences with their source out."""

from pathlib import Path

import numpy as np
import pytest
from audited import painted, write_table

from toolkit import schema
from toolkit.audit.calibration import confusions, corrections
from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.measure import measure
from toolkit.audit.measuring.readings import Readings
from toolkit.audit.measuring.references import DIFFERENCE, DISTANCE
from toolkit.audit.recipe import GENDER
from toolkit.audit.references import check_used, load_references
from toolkit.audit.stage import audit
from toolkit.audit.subjects import CALIBRATION, Subject
from toolkit.errors import RecipeError
from toolkit.statistics.comparisons import binomial_test
from toolkit.statistics.intervals import wilson

HEAD = "slice,group,share,source\n"
TABLE = HEAD + 'judge,woman,0.3,"table 1, 2020"\njudge,man,0.7,"table 1, 2020"\n'


def file(folder, text, name="reference.csv"):
    path = folder / name
    path.write_text(text, "utf-8")
    return str(path)


def labels_of(value):
    return Readings("clip", "1", GENDER, ("man", "woman"), np.arange(len(value)), value, np.zeros(len(value), bool))


def rows_of(counts, references, origin="m", abstained=0):
    """Return the measures of a slice `judge` with `counts` labels of man and of woman."""
    value = np.array([0] * counts[0] + [1] * counts[1] + [-1] * abstained, np.int64)
    subjects = [Subject("sample", str(one), origin, ("judge",), "", "", {}, Path()) for one in range(len(value))]
    evidence = Evidence.of(subjects, [labels_of(value)], references=references)
    rows = schema.from_rows("measures", measure(evidence)).to_pylist()
    return {(row["measure"], row["group"]): row for row in rows if row["measure"] in (DISTANCE, DIFFERENCE)}


def test_a_slice_is_held_against_its_published_shares(tmp_path):
    rows = rows_of((40, 60), load_references([file(tmp_path, TABLE)]))
    assert set(rows) == {
        (DISTANCE, "all"),
        (DIFFERENCE, "man"),
        (DIFFERENCE, "woman"),
    }  # `all` slices have no reference
    woman, distance = rows[DIFFERENCE, "woman"], rows[DISTANCE, "all"]
    low, high = wilson(60, 100)
    assert (woman["value"], woman["low"], woman["high"]) == pytest.approx((0.3, low - 0.3, high - 0.3), abs=1e-6)
    assert woman["p"] == pytest.approx(binomial_test(60, 100, 0.3).p, rel=1e-3)
    assert woman["reference"] == distance["reference"] == "table 1, 2020"
    assert (distance["value"], distance["n"]) == (pytest.approx(0.3), 100)
    assert distance["low"] <= 0.3 <= distance["high"]
    assert 0 < distance["floor"] < 0.05
    assert distance["p"] <= distance["q"] < 1e-6


def test_what_agrees_with_its_reference_is_not_called_different(tmp_path):
    distance = rows_of((70, 30), load_references([file(tmp_path, TABLE)]))[DISTANCE, "all"]
    assert (distance["value"], distance["p"]) == (pytest.approx(0), 1)


def test_a_census_is_described_and_abstentions_leave_nothing_to_measure(tmp_path):
    references = load_references([file(tmp_path, TABLE)])
    census = rows_of((4, 6), references, origin="data:d")
    assert census[DISTANCE, "all"]["value"] == census[DIFFERENCE, "woman"]["value"] == pytest.approx(0.3)
    assert all(row[one] is None for row in census.values() for one in ("low", "high", "p", "q", "floor"))
    (nothing,) = rows_of((0, 0), references, abstained=3).values()
    assert nothing["value"] is None
    assert "abstained on all 3" in nothing["not_measurable"]


def test_a_reference_of_groups_that_nobody_can_read_is_left_alone(tmp_path):
    text = TABLE.replace("woman", "old").replace(",man", ",young")
    assert rows_of((40, 60), load_references([file(tmp_path, text)])) == {}


def test_corrected_shares_are_held_against_it_too(tmp_path):
    """Labels of an annotator that takes a fifth of the men for women; of 100 men and 100 women it sees 120 women."""
    stream = np.random.default_rng(7)
    subjects, value = [], []
    for count, kind in ((100, "sample"), (200, CALIBRATION)):
        for gender, right in (("woman", 0.97), ("man", 0.8)):
            for place in range(count):
                concept = "judge" if kind == "sample" else f"concept {place % 10}"
                known = {} if kind == "sample" else {GENDER: gender}
                slices = ("judge",) if kind == "sample" else ()
                subjects.append(
                    Subject(kind, f"{kind}-{gender}-{place}", "m", slices, concept, "", {}, Path(), known=known)
                )
                told = gender if stream.random() < right else ("man" if gender == "woman" else "woman")
                value.append(("man", "woman").index(told))
    readings = [labels_of(np.array(value))]
    even = load_references([file(tmp_path, TABLE.replace("0.3", "0.5").replace("0.7", "0.5"))])
    chosen = corrections(confusions(subjects, readings), {"m": ("m",)})
    rows = measure(Evidence.of(subjects, readings, corrections=chosen, references=even))
    found = {(row["measure"], row["group"], row["correction"]): row for row in rows if row["slice"] == "judge"}
    raw, corrected = (found[DIFFERENCE, "woman", one] for one in ("uncorrected", "confusion matrix"))
    assert raw["value"] > 0.05 > abs(corrected["value"])
    assert corrected["low"] < 0 < corrected["high"]
    share = found["share", "woman", "confusion matrix"]
    assert corrected["value"] == pytest.approx(share["value"] - 0.5, abs=1e-6)
    distance = found[DISTANCE, "all", "confusion matrix"]
    assert distance["value"] == pytest.approx(abs(corrected["value"]), abs=1e-6)
    assert distance["low"] == 0
    assert distance["p"] > 0.05


def test_it_is_a_key_of_the_recipe_and_a_file_of_other_slices_is_refused(tmp_path):
    table = write_table(tmp_path / "theirs", painted())
    tones = "".join(f"judge,monk-{tone},{0.1:.1f},survey 2021\n" for tone in range(1, 11))
    recipe = {"annotators": ["skin-tone"], "references": [file(tmp_path, HEAD + tones)]}
    run = audit(table, tmp_path / "audit", recipe=recipe)
    found = {row["measure"]: row for row in run.read("measures").to_pylist() if row["slice"] == "judge"}
    assert found[DISTANCE]["value"] == pytest.approx(0.9)  # all six are perceived as one tone
    assert found[DISTANCE]["reference"] == "survey 2021"
    with pytest.raises(RecipeError, match="speaks of none of the 2 audited slices"):
        check_used([file(tmp_path, TABLE.replace("judge", "pilot"), "pilots.csv")], ["judge", "firefighter"])
    assert check_used(["set:occupations"], ["judge", "firefighter"]) is None


def test_the_occupations_have_their_published_shares():
    found = load_references(["set:occupations"])
    (firefighter,) = found["firefighter"]
    assert firefighter.shares == pytest.approx({"woman": 0.062, "man": 0.938})
    assert "2022 annual averages, table 11" in firefighter.source


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("slice,group,share\na,b,1\n", "no column 'source'"),
        ("", "no column 'slice'"),
        (HEAD, "holds no rows"),
        (HEAD + "a,b,1,\n", "line 2: slice, group and source must be given"),
        (HEAD + "a,b,half,x\n", "line 2: 'half' is no share"),
        (HEAD + "a,b,1.5,x\n", "'1.5' is no share"),
        (HEAD + "a,b,nan,x\n", "'nan' is no share"),
        (HEAD + "a,b,0.5,x\n", "the shares of 'a' sum to 0.5"),
        (HEAD + "a,b,0.5,x\na,b,0.5,x\n", "line 3: 'b' in 'a' is given twice"),
    ],
)
def test_a_wrong_file_is_told_what_is_wrong(tmp_path, text, message):
    with pytest.raises(RecipeError, match=message):
        load_references([file(tmp_path, text)])


def test_files_that_contradict_or_are_missing_are_told(tmp_path):
    two = [file(tmp_path, TABLE), file(tmp_path, TABLE, "other.csv")]
    with pytest.raises(RecipeError, match="both give a share of 'woman' in 'judge'"):
        load_references(two)
    with pytest.raises(RecipeError, match="cannot be read"):
        load_references([str(tmp_path / "absent.csv")])
    with pytest.raises(RecipeError, match=r"did you mean set:occupations\?"):
        load_references(["set:ocupation"])
