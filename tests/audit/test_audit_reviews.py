"""Reviews by people: read, brought to one verdict, correcting shares where drawn at random and never else."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from audited import face, write_table
from hypothesis import given
from hypothesis import strategies as st
from shown import label_row

from toolkit import schema
from toolkit.audit.findings import find
from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.measure import measure
from toolkit.audit.measuring.readings import read_labels
from toolkit.audit.reviewing.log import Review, ReviewLog
from toolkit.audit.reviews import CANNOT_TELL, label_rows, majority, read_reviews, verdicts
from toolkit.audit.stage import audit, label
from toolkit.audit.subjects import Subject
from toolkit.errors import RunError, SourceError
from toolkit.report.stage import write_report
from toolkit.store import RunFolder, create_run

GENDER = "gender presentation"
COLUMNS = ("subject_kind", "subject_id", "attribute", "value", "reviewer", "queue", "inclusion_probability")


def review(subject, value, reviewer="ann", queue="random", probability=0.5, **more):
    given = ("sample", str(subject), GENDER, value, reviewer, queue, probability if queue == "random" else None)
    return dict(zip(COLUMNS, given, strict=True)) | more


def write_csv(path, rows):
    with path.open("w", newline="", encoding="utf-8") as stream:
        table = csv.DictWriter(stream, list(dict.fromkeys(name for row in rows for name in row)))
        table.writeheader()
        table.writerows(rows)
    return str(path)


def test_a_file_a_parquet_table_and_a_run_say_the_same(tmp_path):
    rows = [review("a", "woman"), review("b", CANNOT_TELL), review("c", "", "ben", "uncertain")]
    timed = [row | {"reviewed_at": "2026-01-01T10:00"} for row in rows]
    pq.write_table(pa.Table.from_pylist(timed), tmp_path / "reviews.parquet")
    run = create_run(tmp_path / "run")
    with run.stage("reviews"):
        run.write_shard("reviews", 0, schema.from_rows("reviews", timed))
    found = read_reviews([write_csv(tmp_path / "reviews.csv", timed)])
    assert found == read_reviews([str(tmp_path / "reviews.parquet")]) == read_reviews([str(tmp_path / "run")])
    assert [(row["subject_id"], row["value"], row["inclusion_probability"]) for row in found] == [
        ("a", "woman", 0.5),
        ("b", None, 0.5),
        ("c", None, None),
    ]


def test_the_last_review_of_a_reviewer_counts_within_its_queue(tmp_path):
    rows = [
        review("a", "man", reviewed_at="2026-01-02"),
        review("a", "woman", reviewed_at="2026-01-03"),
        review("a", "man", queue="uncertain", reviewed_at="2026-01-04"),
        review("a", CANNOT_TELL, reviewed_at="2026-01-01"),
    ]
    found = read_reviews([write_csv(tmp_path / "reviews.csv", rows)])
    assert [(row["queue"], row["value"]) for row in found] == [("random", "woman"), ("uncertain", "man")]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([review("a", "woman") | {"queue": "mine"}], r"row 1: 'mine' is no queue; expected random or uncertain"),
        ([review("a", "woman", probability=1.5)], r"row 1: an inclusion_probability of '1.5' is impossible"),
        ([review("a", "woman", probability="nan")], "is impossible"),
        ([review("a", "woman", reviewer=" ")], "row 1: reviewer is empty"),
        ([review("a", "woman"), review("a", "man")], r"row 2: ann reviewed .* of a twice; give `reviewed_at`"),
        (
            [review("a", "woman"), review("a", "man", "ben", probability=0.1)],
            "drawn with a probability of 0.1 and of 0.5",
        ),
        ([{"subject_id": "a"}], "no column 'subject_kind'"),
    ],
)
def test_reviews_that_cannot_be_used_are_refused_by_row(rows, said, tmp_path):
    with pytest.raises(SourceError, match=said):
        read_reviews([write_csv(tmp_path / "reviews.csv", rows)])


def test_what_is_not_there_is_refused(tmp_path):
    with pytest.raises(SourceError, match="cannot be read"):
        read_reviews([str(tmp_path / "none.csv")])
    create_run(tmp_path / "run")
    with pytest.raises(RunError, match="reviews"):
        read_reviews([str(tmp_path / "run")])


@given(st.lists(st.sampled_from(["woman", "man", CANNOT_TELL]), max_size=7), st.randoms())
def test_a_majority_is_one_value_above_all_others_in_any_order(ratings, random):
    found = majority(ratings)
    shuffled = ratings.copy()
    random.shuffle(shuffled)
    assert majority(shuffled) == found
    most = max((ratings.count(one) for one in ratings), default=0)
    winners = {one for one in ratings if ratings.count(one) == most}
    assert found == (winners.pop() if len(winners) == 1 and winners != {CANNOT_TELL} else None)


class Reviewed:
    """Painted pictures of one model, of known truth, read by an annotator that errs and shows how sure it is."""

    def __init__(self, count, women, seed=0):
        self.random = np.random.default_rng(seed)
        self.truth = self.random.random(count) < women
        self.signal = np.where(self.truth, 1, -1) + self.random.normal(0, 1, count) + 0.4
        self.subjects = [
            Subject("sample", str(place), "m", (("judge", "nurse")[place % 2],), "", "", {}, Path())
            for place in range(count)
        ]
        self.rows = [self._label(place, signal > 0) for place, signal in enumerate(self.signal)]

    def _label(self, place, woman):
        value = "woman" if woman else "man"
        return label_row("sample", str(place), "clip", value, ("man", "woman")) | {"inclusion_probability": 1.0}

    def said(self, places, queue="random", probability=None, reviewer="ann"):
        chance = probability or len(places) / len(self.truth)
        values = ["woman" if self.truth[place] else "man" for place in places]
        pairs = zip(places, values, strict=True)
        return [review(place, value, reviewer, queue, chance) for place, value in pairs]

    def at_random(self, count):
        return self.random.choice(len(self.truth), count, replace=False).tolist()

    def uncertain(self, count):
        return np.argsort(np.abs(self.signal))[:count].tolist()

    def measured(self, reviews):
        for one in reviews:
            one["inclusion_probability"] = one["inclusion_probability"] if one["queue"] == "random" else None
        labels = schema.from_rows("labels", [*self.rows, *label_rows(reviews, self.subjects)])
        found = verdicts(labels, self.subjects)
        evidence = Evidence.of(self.subjects, read_labels(labels, self.subjects))._replace(verdicts=found)
        return schema.from_rows("measures", measure(evidence)).to_pylist()


def shares(rows, correction="prediction-powered", slice_name="all"):
    return {
        row["group"]: row
        for row in rows
        if (row["measure"], row["correction"], row["slice"]) == ("share", correction, slice_name)
    }


def test_a_random_review_corrects_what_the_raw_share_gets_wrong():
    made = Reviewed(800, women=0.3)
    rows = made.measured(made.said(made.at_random(150)))
    raw, found = shares(rows, "uncorrected")["woman"], shares(rows)["woman"]
    assert raw["low"] > 0.3
    assert found["low"] < 0.3 < found["high"]
    assert found["value"] + shares(rows)["man"]["value"] == pytest.approx(1, abs=1e-5)
    assert found["method"] == "prediction-powered, 150 reviewed"
    assert found["calibration_id"]
    assert found["q"] is not None
    assert set(shares(rows, slice_name="judge")) == {"man", "woman"}
    assert "review" not in {row["annotator"] for row in rows if row["measure"] == "share"}


def test_reviews_of_the_uncertain_enter_nothing_and_would_mislead():
    made = Reviewed(800, women=0.3)
    drawn, hard = made.at_random(150), made.uncertain(200)
    alone = made.measured(made.said(hard, "uncertain"))
    assert shares(alone) == {}
    assert not [row for row in alone if row["measure"] == "reviewer_agreement"]
    both = made.measured([*made.said(drawn), *made.said(hard, "uncertain", reviewer="ben")])
    assert both == made.measured(made.said(drawn))
    misled = shares(made.measured(made.said(hard)))["woman"]  # the same reviews, were they called random
    assert not misled["low"] <= 0.3 <= misled["high"]


def test_random_reviews_of_unknown_probability_estimate_nothing():
    made = Reviewed(200, women=0.3)
    unknown = [one | {"inclusion_probability": None} for one in made.said(made.at_random(100))]
    assert shares(made.measured(unknown)) == {}


def test_unequal_probabilities_are_weighed():
    """Judges, where all are women, are reviewed five times as often as nurses, where none is."""
    made = Reviewed(1000, women=0.5, seed=1)
    made.truth = np.arange(1000) % 2 == 0
    made.rows = [made._label(place, True) for place in range(1000)]  # the annotator calls everybody a woman
    judges = made.random.choice(np.arange(0, 1000, 2), 250, replace=False).tolist()
    nurses = made.random.choice(np.arange(1, 1000, 2), 50, replace=False).tolist()
    rows = made.measured([*made.said(judges, probability=0.5), *made.said(nurses, probability=0.1)])
    found = shares(rows)["woman"]
    assert found["low"] < 0.5 < found["high"]
    assert found["value"] == pytest.approx(0.5, abs=0.05)  # five of six reviewed pictures show a woman


def test_few_reviews_say_why_they_say_nothing():
    made = Reviewed(200, women=0.3)
    for row in shares(made.measured(made.said(made.at_random(9)))).values():
        assert row["value"] is None
        assert row["not_measurable"] == "9 pictures drawn at random were reviewed; 10 are needed"


def test_a_finding_tells_the_share_that_reviews_correct_and_once():
    made = Reviewed(900, women=0.1, seed=3)
    told = [one for one in find(made.measured(made.said(made.at_random(300)))) if one.slice == "all"]
    assert [(one.group, one.correction) for one in told] == [("man", "prediction-powered")]
    assert "corrected for the annotator's errors" in told[0].title


def test_several_reviewers_are_one_verdict_and_their_agreement_is_measured():
    made = Reviewed(200, women=0.5)
    drawn = made.at_random(60)
    first, second = made.said(drawn), made.said(drawn, reviewer="ben")
    for one in second[:30]:
        one["value"] = CANNOT_TELL if one["value"] == "man" else "man"  # disagrees on half: these are ties
    for one in second:
        one["value"] = None if one["value"] == CANNOT_TELL else one["value"]
    (row,) = [one for one in made.measured([*first, *second]) if one["measure"] == "reviewer_agreement"]
    assert (row["subject"], row["slice"], row["annotator"], row["n"]) == ("m", "all", "review", 60)
    assert row["low"] <= row["value"] <= row["high"] < 1
    labels = schema.from_rows("labels", label_rows([*first, *second], made.subjects))
    found = verdicts(labels, made.subjects)
    assert len(found) == 60
    assert sum(one.value is None for one in found.values()) == 30
    (alone,) = [one for one in made.measured(first) if one["measure"] == "reviewer_agreement"]
    assert alone["not_measurable"] == "no picture that was drawn at random was reviewed by two people"


TONES = {"monk-4": (234, 218, 186), "monk-8": (96, 65, 52)}


@pytest.fixture(scope="module")
def painted(tmp_path_factory):
    """Light and dark faces of four roles, painted, and reviews of all of them by their tone."""
    folder = tmp_path_factory.mktemp("reviews")
    rows, tones = [], []
    for place in range(80):
        tone = "monk-4" if place % 4 else "monk-8"
        role = ("judge", "nurse", "cook", "pilot")[place // 4 % 4]
        rows.append({"prompt": role, "pixels": face(TONES[tone], coat=(3 * place, 90, 160))})
        tones.append(tone)
    table = write_table(folder / "theirs", rows)
    before = audit(table, folder / "before", recipe={"annotators": ["skin-tone"]})
    by_seed = {row["seed"]: row["request_id"] for row in before.read("requests").to_pylist()}
    reviews = [
        review(by_seed[place], tone, probability=1.0) | {"attribute": "skin tone"} for place, tone in enumerate(tones)
    ]
    return before, write_csv(folder / "reviews.csv", [*reviews, review("elsewhere", "man")])


def test_a_whole_audit_takes_reviews_as_labels_calibration_and_correction(painted, tmp_path):
    before, reviews = painted
    run = audit(before, tmp_path / "run", recipe={"annotators": ["skin-tone"], "reviews": [reviews]})
    labels = [row for row in run.read("labels").to_pylist() if row["annotator"] == "review"]
    assert len(labels) == 80
    assert {(row["reviewer"], row["annotator_version"], row["inclusion_probability"]) for row in labels} == {
        ("ann", "random", 1.0)
    }
    assert run.stages["audit"]["counts"]["reviews"] == {"used": 80, "of_other_pictures": 1}
    rows = run.read("measures").to_pylist()
    for correction in ("uncorrected", "confusion matrix", "prediction-powered"):
        assert shares(rows, correction)["monk-8"]["value"] == pytest.approx(0.25, abs=0.01), correction
    assert shares(rows, "prediction-powered", "judge")["monk-8"]["value"] == pytest.approx(0.25, abs=0.01)
    (told,) = json.loads((run.path / "calibration.json").read_text("utf-8"))
    assert (told["source"], told["n"], told["agreement"]) == ("their model (reviewed)", 80, 1.0)
    assert (write_report(run).parent / "report.html").exists()


def test_an_audit_reads_what_people_said_in_the_run_folder_itself(painted, tmp_path):
    before, reviews = painted
    run = RunFolder(shutil.copytree(before.path, tmp_path / "before"))
    log = ReviewLog(run.path)
    for row in read_reviews([reviews]):
        if row["attribute"] == "skin tone":
            log.add(Review("sample", row["subject_id"], "skin tone", row["value"], "ann", "random", 80))
    recipe = {"annotators": ["skin-tone"]}
    logged = audit(run, tmp_path / "logged", recipe=recipe | {"reviews": [str(run.path)]})
    assert logged.stages["audit"]["counts"]["reviews"] == {"used": 80, "of_other_pictures": 0}
    from_file = audit(before, tmp_path / "file", recipe=recipe | {"reviews": [reviews]})
    assert logged.read("measures").equals(from_file.read("measures"))
    log.undo("ann", "sample", "skin tone", "random")
    shorter = audit(run, tmp_path / "shorter", recipe=recipe | {"reviews": [str(run.path)]})
    chances = {
        row["inclusion_probability"] for row in shorter.read("labels").to_pylist() if row["annotator"] == "review"
    }
    assert chances == {79 / 80}
    hashes = [{one["hash"] for one in made.stages["audit"]["inputs"]} for made in (logged, shorter)]
    assert hashes[0] != hashes[1]


def test_labels_that_were_made_before_are_kept_beside_the_reviews(painted, tmp_path, tiny_clip):
    before, reviews = painted
    recipe = {"annotators": ["skin-tone", "clip"], "pairing": str(tiny_clip), "reviews": [reviews]}
    labelled = label(before, tmp_path / "labelled", recipe=recipe)
    assert "review" not in {row["annotator"] for row in labelled.read("labels").to_pylist()}
    with pytest.raises(RunError, match="was labelled without these reviews; choose another --out"):
        audit(labelled, tmp_path / "labelled", recipe=recipe)
    run = audit(labelled, tmp_path / "run", recipe=recipe)
    counts = [row["annotator"] for row in run.read("labels").to_pylist()]
    assert (counts.count("skin-tone"), counts.count("review")) == (80, 80)
    rows = run.read("measures").to_pylist()
    assert shares(rows)["monk-8"]["value"] == pytest.approx(0.25, abs=0.01)
    assert [row for row in rows if row["measure"] == "vendi" and row["value"] is not None]  # by the embeddings, too


def test_reviews_of_none_of_the_pictures_are_refused(painted, tmp_path):
    before, _ = painted
    strange = write_csv(tmp_path / "reviews.csv", [review("elsewhere", "man")])
    with pytest.raises(SourceError, match="none of the 1 reviews is of a picture of this audit"):
        audit(before, tmp_path / "run", recipe={"annotators": ["skin-tone"], "reviews": [strange]})
    assert not (tmp_path / "run").exists()
