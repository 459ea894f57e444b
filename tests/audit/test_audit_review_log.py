"""The log of reviews: it only grows, many write at once, what is taken back is gone from figures and stays on file."""

import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit import schema
from toolkit.audit.reviewing.drawn import COLUMNS, logged_reviews, review_rows
from toolkit.audit.reviewing.log import FILE, Review, ReviewLog
from toolkit.audit.reviews import read_reviews
from toolkit.errors import RunError
from toolkit.report.measures_csv import csv_table
from toolkit.store import create_run

GENDER = "gender presentation"
REVIEWERS, VALUES, IDS = ("ann", "ben", "zoë"), ("woman", "man", None), ("a", "b", "c", "d")


def review(subject="a", value="woman", reviewer="ann", queue="random", kind="sample", attribute=GENDER, **more):
    population = 4 if queue == "random" else None
    return Review(kind, subject, attribute, value, reviewer, queue, population, **more)


ACTIONS = st.one_of(
    st.builds(
        review,
        st.sampled_from(IDS),
        st.sampled_from(VALUES),
        st.sampled_from(REVIEWERS),
        st.sampled_from(["random", "uncertain"]),
        st.sampled_from(["sample", "pair"]),
        st.sampled_from([GENDER, "skin tone"]),
        prompt_shown=st.booleans(),
    ),
    st.tuples(
        st.sampled_from(REVIEWERS),
        st.sampled_from(["sample", "pair"]),
        st.sampled_from([GENDER, "skin tone"]),
        st.sampled_from(["random", "uncertain"]),
    ),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(ACTIONS, max_size=25))
def test_what_stands_is_what_everybody_said_less_what_each_took_back(actions):
    stands: list[Review] = []
    with TemporaryDirectory() as folder:
        log = ReviewLog(Path(folder))
        written = 0
        for one in actions:
            if isinstance(one, Review):
                log.add(one)
                stands.append(one)
                written += 1
                continue
            mine = [
                place
                for place, said in enumerate(stands)
                if (said.reviewer, said.subject_kind, said.attribute, said.queue) == one
            ]
            undone = log.undo(*one)
            assert (undone is None) == (not mine)
            if undone is not None:
                assert undone.review == stands.pop(mine[-1])
                written += 1
        assert [one.review for one in log.standing()] == stands
        rows = log.actions()
        assert len(rows) == written  # nothing is ever overwritten: what was taken back is there too
        assert sorted({one.acted_at for one in rows}) == [one.acted_at for one in rows]


@settings(max_examples=40, deadline=None)
@given(st.lists(ACTIONS.filter(lambda one: isinstance(one, Review)), min_size=1, max_size=25))
def test_a_run_and_its_export_are_read_as_the_last_word_of_each_reviewer(reviews):
    with TemporaryDirectory() as folder:
        run = create_run(Path(folder) / "run")
        log = ReviewLog(run.path)
        for one in reviews:
            log.add(one)
        export = Path(folder) / "reviews.csv"
        export.write_bytes(csv_table(COLUMNS, logged_reviews(run.path)))
        found = read_reviews([str(run.path)])
        assert found == read_reviews([str(export)])
    last = {(one.subject_kind, one.subject_id, one.attribute, one.queue, one.reviewer): one.value for one in reviews}
    keys = ("subject_kind", "subject_id", "attribute", "queue", "reviewer")
    assert {tuple(row[key] for key in keys): row["value"] for row in found} == last
    for kind in ("sample", "pair"):
        for attribute in (GENDER, "skin tone"):
            drawn = {key[1] for key in last if key[:1] + key[2:4] == (kind, attribute, "random")}
            chances = {
                row["inclusion_probability"]
                for row in found
                if (row["subject_kind"], row["attribute"], row["queue"]) == (kind, attribute, "random")
            }
            assert chances == ({len(drawn) / 4} if drawn else set())
    assert {row["inclusion_probability"] for row in found if row["queue"] == "uncertain"} <= {None}


WRITER = """
import sys
from pathlib import Path
from toolkit.audit.reviewing.log import Review, ReviewLog
log = ReviewLog(Path(sys.argv[1]))
for number in range(60):
    log.add(Review("sample", str(number), "gender presentation", "man", sys.argv[2], "random", 100))
    if number % 10 == 9:
        log.undo(sys.argv[2], "sample", "gender presentation", "random")
        log.standing()
"""


def test_processes_that_write_at_once_lose_nothing(tmp_path):
    names = ["ann", "ben", "zoë", "zoë"]  # the last two are one reviewer in two browsers
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), name]) for name in names]
    assert [one.wait(timeout=120) for one in writers] == [0] * len(names)
    log = ReviewLog(tmp_path)
    rows = log.actions()
    assert Counter(one.review.reviewer for one in rows if one.undoes is None) == {"ann": 60, "ben": 60, "zoë": 120}
    assert Counter(one.review.reviewer for one in rows if one.undoes is not None) == {"ann": 6, "ben": 6, "zoë": 12}
    assert len(log.standing()) == 4 * 54
    assert [one.number for one in rows] == list(range(1, len(rows) + 1))
    assert len({one.acted_at for one in rows}) == len(rows)


def test_no_row_can_be_changed_or_deleted(tmp_path):
    ReviewLog(tmp_path).add(review())
    with closing(sqlite3.connect(tmp_path / FILE)) as database:
        with pytest.raises(sqlite3.IntegrityError, match="never changed"):
            database.execute("UPDATE actions SET value = 'man'")
        with pytest.raises(sqlite3.IntegrityError, match="never deleted"):
            database.execute("DELETE FROM actions")


def test_two_browsers_take_back_two_reviews_and_no_more(tmp_path):
    log = ReviewLog(tmp_path)
    for one in ("a", "b"):
        log.add(review(one))
    undone = [ReviewLog(tmp_path).undo("ann", "sample", GENDER, "random") for _ in range(3)]
    assert [one and one.review.subject_id for one in undone] == ["b", "a", None]
    assert log.standing() == []
    log.add(review("a", "man"))
    assert [one.review.value for one in log.standing()] == ["man"]


def test_reading_makes_no_file(tmp_path):
    assert ReviewLog(tmp_path).standing() == []
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_still_empty_holds_nothing(tmp_path):
    (tmp_path / FILE).touch()
    assert ReviewLog(tmp_path).standing() == []
    ReviewLog(tmp_path).add(review())
    assert len(ReviewLog(tmp_path).standing()) == 1


READER = """
import os, sys
from pathlib import Path
from toolkit.audit.reviewing.log import Review, ReviewLog
from toolkit.errors import RunError
if os.geteuid() == 0:  # to whom nothing is forbidden
    os.setgid(65534), os.setuid(65534)
log = ReviewLog(Path(sys.argv[1]))
print(len(log.standing()))
try:
    log.add(Review("sample", "a", "gender presentation", "man", "ann", "random", 100))
except RunError as error:
    print(error)
"""


def test_a_run_that_cannot_be_written_is_read_all_the_same():
    with TemporaryDirectory() as name:
        folder = Path(name) / "run"
        folder.mkdir()
        ReviewLog(folder).add(review())
        Path(name).chmod(0o755)
        for path, mode in ((folder / FILE, 0o444), (folder, 0o555)):
            path.chmod(mode)
        done = subprocess.run([sys.executable, "-c", READER, str(folder)], capture_output=True, text=True)
        folder.chmod(0o755)
    assert done.stderr == ""
    read, said = done.stdout.splitlines()
    assert read == "1"
    assert "make the folder writable" in said


def test_a_damaged_file_and_one_of_another_program_say_so(tmp_path):
    (tmp_path / FILE).write_bytes(b"this is no database, though it is long enough to be one" * 20)
    for act in (ReviewLog(tmp_path).standing, lambda: ReviewLog(tmp_path).add(review())):
        with pytest.raises(RunError, match=r"reviews.sqlite is damaged, or holds no reviews .* move it away"):
            act()
    other = tmp_path / "other"
    other.mkdir()
    with closing(sqlite3.connect(other / FILE)) as database:
        database.execute("CREATE TABLE things (name TEXT)")
    for act in (ReviewLog(other).standing, lambda: ReviewLog(other).add(review())):
        with pytest.raises(RunError, match="holds no reviews"):
            act()
    with closing(sqlite3.connect(other / FILE)) as database:
        assert database.execute("SELECT name FROM sqlite_master").fetchall() == [("things",)]


def test_a_file_cut_short_says_so(tmp_path):
    log = ReviewLog(tmp_path)
    for number in range(200):
        log.add(review(str(number)))
    whole = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RunError, match="damaged"):
        log.standing()


def test_where_nothing_can_be_written_it_says_so(tmp_path):
    (tmp_path / FILE).mkdir()
    with pytest.raises(RunError, match=r"cannot be read or written .* make the folder writable"):
        ReviewLog(tmp_path).add(review())
    with pytest.raises(RunError, match="cannot be read or written"):
        ReviewLog(tmp_path / "nowhere").add(review())


def test_the_table_and_the_log_of_a_run_are_read_together(tmp_path):
    run = create_run(tmp_path / "run")
    row = review_rows([])  # the log is empty, and so is what it gives
    assert row == []
    table = dict(zip(COLUMNS, ("sample", "a", GENDER, "man", "ann", "random", 0.5, "2026-01-01T00:00"), strict=False))
    with run.stage("reviews"):
        run.write_shard("reviews", 0, schema.from_rows("reviews", [table]))
    log = ReviewLog(run.path)
    log.add(review("a", "woman"))
    log.add(review("b", "man"))
    assert [(one["subject_id"], one["value"]) for one in read_reviews([str(run.path)])] == [
        ("a", "woman"),
        ("b", "man"),
    ]
