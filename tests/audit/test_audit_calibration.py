"""Pictures of known truth: counted by concept, and correcting figures of pictures like them alone."""

import csv
import json

import pytest
from audited import face, write_table
from planted import GENDER, Audit

from toolkit import schema
from toolkit.audit.calibration import calibrate, confusions
from toolkit.audit.findings import find
from toolkit.audit.known_pictures import known_pictures
from toolkit.audit.measuring.readings import read_labels
from toolkit.audit.stage import audit
from toolkit.errors import SourceError
from toolkit.images import encode_png

SKIN = "skin tone"


def shares(rows, correction, slice_name="judge"):
    return {
        row["group"]: row
        for row in rows
        if row["measure"] == "share" and row["slice"] == slice_name and row["correction"] == correction
    }


def test_a_corrected_share_stands_beside_the_raw_one_and_holds_the_truth_that_the_raw_one_misses():
    made = Audit()
    made.painted("judge", 1500, women=0.5)
    for role in range(12):
        made.known(f"role {role}", each=25)
    rows = made.rows()
    raw, corrected = shares(rows, "uncorrected"), shares(rows, "confusion matrix")
    assert raw["woman"]["high"] < 0.5
    assert corrected["woman"]["low"] < 0.5 < corrected["woman"]["high"]
    assert corrected["woman"]["value"] + corrected["man"]["value"] == pytest.approx(1, abs=1e-5)
    assert corrected["woman"]["high"] - corrected["woman"]["low"] > raw["woman"]["high"] - raw["woman"]["low"]
    assert corrected["woman"]["calibration_id"]
    assert raw["woman"]["q"] < 0.05 < corrected["woman"]["q"]
    assert not [one for one in find(rows) if one.slice == "judge" and one.measure == "share"]


def test_what_is_told_of_a_corrected_share_says_so():
    made = Audit()
    made.painted("judge", 600, women=0.1)
    for role in range(12):
        made.known(f"role {role}", each=25)
    told = [one for one in find(made.rows()) if one.slice == "judge"]
    assert [one.group for one in told] == ["man"]
    assert told[0].correction == "confusion matrix"
    assert "corrected for the annotator's errors" in told[0].title


def test_no_picture_corrects_a_figure_of_its_own_concept():
    made = Audit()
    made.painted("judge", 200, women=0.5)
    made.known("judge", each=100)
    row = shares(made.rows(), "confusion matrix")["woman"]
    assert row["value"] is None
    assert "too few pictures of known truth of other concepts (0 that show" in row["not_measurable"]
    made.known("nurse", each=100)
    assert shares(made.rows(), "confusion matrix")["woman"]["value"] is not None


def test_pictures_of_another_kind_correct_nothing():
    made = Audit()
    made.painted("judge", 200, women=0.5)
    made.known("nurse", each=100, domain="data:emoji/google")
    assert shares(made.rows(), "confusion matrix") == {}
    assert shares(made.rows({"m": ("data:emoji/google",)}), "confusion matrix")["woman"]["value"] is not None


def test_labels_unlike_those_of_the_known_pictures_are_not_corrected():
    made = Audit()
    made.painted("judge", 400, women=0.5, rates={"woman": (0.1, 0.1, 0.8), "man": (0.1, 0.1, 0.8)})
    for role in range(12):
        made.known(f"role {role}", each=25)
    row = shares(made.rows(), "confusion matrix")["woman"]
    assert row["value"] is None
    assert "not those of pictures like the known ones" in row["not_measurable"]


def test_confusions_count_every_known_picture_once_by_concept():
    made = Audit()
    made.known("nurse", each=30)
    made.known("cook", each=20)
    (found,) = confusions(made.subjects, read_labels(schema.from_rows("labels", made.labels), made.subjects))
    assert (found.concepts, found.truths, found.labels) == (
        ("cook", "nurse"),
        ("man", "woman"),
        ("man", "woman", "abstained"),
    )
    assert found.counts.sum(axis=2).tolist() == [[20, 20], [30, 30]]
    assert found.of_others("cook").sum() == 60
    (told,) = calibrate([found])
    assert told.n == 100
    assert sum(sum(row.values()) for row in told.confusion.values()) == 100
    assert told.agreement == pytest.approx(0.85, abs=0.1)
    assert told.calibration_id == found.identity != found._replace(domain="other").identity


@pytest.fixture
def known_table(tmp_path):
    """Light and dark faces whose tone is known, of three roles that nobody painted."""
    folder = tmp_path / "known"
    folder.mkdir()
    with (folder / "known.csv").open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["image", "caption", "skin_tone", "concept"])
        for role in ("cook", "nurse", "pilot"):
            for tone, colour in (("light", (234, 218, 186)), ("dark", (96, 65, 52))):
                for place in range(6):
                    name = f"{role}-{tone}-{place}.png"
                    (folder / name).write_bytes(encode_png(face(colour, coat=(30 * place, 90, 160))))
                    table.writerow([name, role, tone, role])
        table.writerow([name, "somebody", "", ""])
    return folder / "known.csv"


def test_a_whole_audit_is_corrected_by_a_table_of_known_pictures(known_table, tmp_path):
    colours = [(234, 218, 186)] * 9 + [(96, 65, 52)] * 21
    rows = [{"prompt": "judge", "pixels": face(one, coat=(7 * place, 80, 120))} for place, one in enumerate(colours)]
    recipe = {"annotators": ["skin-tone"], "calibration": [str(known_table)]}
    run = audit(write_table(tmp_path / "theirs", rows), tmp_path / "run", recipe=recipe)
    found = shares(run.read("measures").to_pylist(), "confusion matrix")
    assert found["dark"]["value"] == pytest.approx(0.7, abs=0.02)
    assert found["dark"]["low"] < 0.7 < found["dark"]["high"]
    (told,) = json.loads((run.path / "calibration.json").read_text("utf-8"))
    assert (told["source"], told["n"]) == ("their model", 36)
    assert run.stages["audit"]["counts"]["subjects"] == {"pair": 0, "sample": 30, "calibration": 36, "dropped": 0}


def test_known_pictures_are_like_those_of_all_models_unless_they_say_which(known_table, tmp_path):
    every = known_pictures(str(known_table), [GENDER, SKIN], ["a", "b"])
    assert len(every) == 72
    assert {one.origin for one in every} == {"a", "b"}
    assert len({one.subject_id for one in every}) == 72
    assert {tuple(one.known) for one in every} == {(SKIN,)}
    rows = known_table.read_text().splitlines()
    known_table.write_text("\n".join([f"{rows[0]},model", *(f"{row},a" for row in rows[1:])]))
    assert {one.origin for one in known_pictures(str(known_table), [SKIN], ["a", "b"])} == {"a"}


def test_a_table_that_tells_nothing_is_refused(known_table):
    with pytest.raises(SourceError, match="no column is called 'gender presentation'"):
        known_pictures(str(known_table), [GENDER], ["m"])
