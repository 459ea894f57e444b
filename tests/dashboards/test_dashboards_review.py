"""The page on which people review: blind, a picture at a time, every answer kept, figures only when asked for."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from pages_on_show import html, open_page, pictures, text
from PIL import Image
from run_folder import MARKDOWN, REPLICATES, Runs, photograph, read_as
from streamlit.testing.v1 import AppTest
from test_dashboards_reveals import entries

from dashboards.reviewing.keys import keys_of, plain
from toolkit import schema
from toolkit.audit.reviewing.log import FILE, ReviewLog
from toolkit.audit.reviewing.queues import random_order
from toolkit.audit.reviewing.reviewable import reviewable
from toolkit.audit.reviewing.standing import Standing, evidence_of, standing
from toolkit.audit.reviews import read_reviews
from toolkit.report.labels import labels_by_picture
from toolkit.report.wording import percent_of

AUDIT, GENDER, TONE = "runs/audit", "gender presentation", "skin tone"
N = 2 * REPLICATES - 1  # painted pictures; one more failed


def open_review(runs: Runs, reviewer: str = "ann", **address: str) -> AppTest:
    named = {"reviewer": reviewer} if reviewer else {}
    app = open_page("review", runs.audit.path.parent, AUDIT, attribute=GENDER, **named, **address)
    assert not app.exception
    return app


def press(app: AppTest, label: str) -> AppTest:
    button = next(one for one in app.button if one.label == label)
    button.click().run()
    assert not app.exception
    return app


def shown(app: AppTest) -> str:
    """Return the id of the picture on the page, by the key of a button that nobody sees."""
    (name,) = {one.key.removeprefix("can't tell ") for one in app.button if one.key.startswith("can't tell ")}
    return name


def said(runs: Runs) -> list[tuple[object, ...]]:
    found = ReviewLog(runs.audit.path).standing()
    return [(one.review.reviewer, one.review.subject_id, one.review.value) for one in found]


def order(runs: Runs) -> list[str]:
    failed = {row["request_id"] for row in runs.audit.read("samples").to_pylist() if row["error"]}
    names = [row["request_id"] for row in runs.audit.read("samples").to_pylist()]
    return random_order([name for name in names if name not in failed], GENDER)


def test_it_asks_for_a_name_first(runs: Runs) -> None:
    app = open_review(runs, "")
    assert pictures(app) == []
    assert app.button == [] or {one.label for one in app.button} == set()
    app.text_input[0].set_value("  Zoë   B. ").run()
    assert app.query_params["reviewer"] in ("Zoë B.", ["Zoë B."])
    assert len(pictures(app)) == 1
    assert not app.text_input  # no field is left that would catch the keys
    assert "Zoë B.: 0 of 23 pictures" in text(app)
    press(app, "Change name")
    assert len(app.text_input) == 1


def test_a_reviewer_sees_the_picture_and_nothing_that_anybody_said_of_it(runs: Runs) -> None:
    press(open_review(runs, "ben"), "woman")
    app = open_review(runs)
    assert shown(app) == order(runs)[0]
    seen = html(app) + str([one.proto for one in [*app.button, *app.selectbox, *app.caption, *app.toggle]])
    assert not [word for word in ("judge", "firefighter", "clip", "People see") if word in seen]
    assert "%" not in text(app)
    assert 'alt="the picture to review"' in seen


def test_answers_are_kept_one_by_one_and_all_see_the_same_order(runs: Runs) -> None:
    app = open_review(runs)
    wanted = order(runs)
    for place, label in enumerate(["woman", "man", "Can't tell"]):
        assert shown(app) == wanted[place]
        press(app, label)
    assert "ann: 3 of 23 pictures" in text(app)
    ben = press(open_review(runs, "ben"), "man")
    assert "ben: 1 of 23 pictures, drawn at random; 3 by anybody" in text(ben)
    assert said(runs) == [
        ("ann", wanted[0], "woman"),
        ("ann", wanted[1], "man"),
        ("ann", wanted[2], None),
        ("ben", wanted[0], "man"),
    ]
    assert shown(open_review(runs)) == wanted[3]  # another visit goes on where this one was


def test_undo_brings_the_picture_back_and_touches_nobody_else(runs: Runs) -> None:
    app = press(press(open_review(runs), "woman"), "man")
    press(open_review(runs, "ben"), "man")
    first, second = order(runs)[:2]
    assert shown(press(app, "Undo")) == second
    assert said(runs) == [("ann", first, "woman"), ("ben", first, "man")]
    press(press(app, "Undo"), "Undo")  # there is nothing more to take back
    assert said(runs) == [("ben", first, "man")]
    assert shown(app) == first


def test_whether_the_prompt_was_asked_for_is_kept_with_the_answer(runs: Runs) -> None:
    app = press(open_review(runs), "Show its prompt")
    prompts = {row["request_id"]: row["prompt"] for row in runs.audit.read("requests").to_pylist()}
    name = shown(app)
    assert f"Its prompt: {prompts[name]}" in text(app)
    again = open_review(runs, asked=name)  # a reload does not forget that it was seen
    assert "Its prompt" in text(again)
    press(press(app, "man"), "man")
    assert [one.review.prompt_shown for one in ReviewLog(runs.audit.path).standing()] == [True, False]
    press(press(app, "Undo"), "Undo")
    assert "Its prompt" in text(app)  # who has seen it has seen it
    press(app, "woman")
    assert [one.review.prompt_shown for one in ReviewLog(runs.audit.path).standing()] == [True]


def test_the_uncertain_queue_begins_with_what_the_annotator_is_least_sure_of(runs: Runs) -> None:
    app = open_review(runs, queue="uncertain")
    labels = labels_by_picture(runs.audit)
    apart = {
        key[1]: abs(2 * (label.probability or 0) - 1)
        for key, some in labels.items()
        for label in some
        if (key[0], label.annotator, label.attribute) == ("sample", "clip", GENDER)
    }
    assert apart[shown(app)] == min(apart.values())
    first = shown(app)
    seen = []
    for _ in range(6):
        seen.append(apart[shown(app)])
        press(app, "man")
    assert seen == sorted(seen)
    found = ReviewLog(runs.audit.path).standing()
    assert {(one.review.queue, one.review.population) for one in found} == {("uncertain", None)}
    assert shown(open_review(runs)) == order(runs)[0]  # the random queue passes over none of them
    at_random = open_review(runs)
    for _ in range(order(runs).index(first) + 1):
        press(at_random, "man")
    reviewed = {name for _, name, _ in said(runs)}
    assert shown(open_review(runs, queue="uncertain")) not in reviewed


def so_far(runs: Runs) -> Standing:
    """Return what an audit would say of the reviews in a run."""
    found = reviewable(runs.audit, "sample", GENDER)
    return standing(evidence_of(found.subjects, found.readings), read_reviews([str(runs.audit.path)]))


def test_figures_are_told_at_once_to_who_asks(runs: Runs) -> None:
    app = open_review(runs)
    for _ in range(12):
        press(app, "man")
    assert "Corrected by reviews" not in text(app)
    app.toggle[0].set_value(True).run()
    assert app.query_params["figures"] in ("shown", ["shown"])
    words = text(app)
    assert "Corrected by reviews" in words
    found = so_far(runs)
    for read, row in zip(found.read, found.shares, strict=True):
        assert read["group"] == row["group"]
        before, after = (percent_of(one["value"], one["low"], one["high"], None) for one in (read, row))
        assert f"zoo:latent {row['group']} clip {before} of 21 {after}" in re.sub(" +", " ", words)
    assert "People see" in words
    before = words
    press(app, "woman")
    assert text(app) != before
    assert "no picture that was drawn at random was reviewed by two people" in words
    ben = open_review(runs, "ben", figures="shown")
    press(press(ben, "man"), "man")
    assert "Krippendorff's alpha" in text(ben)


def test_too_few_reviews_say_that_they_are(runs: Runs) -> None:
    app = press(open_review(runs, figures="shown"), "man")
    assert "not corrected yet: 1 pictures drawn at random were reviewed; 10 are needed" in text(app)


def test_pictures_of_the_dataset_are_reviewed_too(runs: Runs) -> None:
    app = open_review(runs, kind="pair")
    assert "0 of 6 pictures" in text(app)
    assert len(pictures(app)) == 1
    press(app, "Show its caption")
    assert "Its caption: " in text(app)
    for _ in range(6):
        press(app, "man")
    assert "You have reviewed all of this queue." in text(app)
    assert {one.review.subject_kind for one in ReviewLog(runs.audit.path).standing()} == {"pair"}


def test_a_damaged_log_says_so_and_leaves_the_other_pages(runs: Runs) -> None:
    (runs.audit.path / FILE).write_bytes(b"no database " * 200)
    app = open_review(runs)
    assert "reviews.sqlite is damaged" in html(app)
    gallery = open_page("gallery", runs.audit.path.parent, AUDIT)
    assert not gallery.exception
    assert len(pictures(gallery)) > 10


def test_an_answer_that_cannot_be_kept_says_so_and_the_picture_stays(runs: Runs) -> None:
    app = press(open_review(runs), "man")
    name = shown(app)
    for file in runs.audit.path.glob(f"{FILE}*"):
        file.unlink()
    (runs.audit.path / FILE).mkdir()
    press(app, "woman")
    assert "This answer was not kept." in html(app) or "cannot be read or written" in html(app)
    (runs.audit.path / FILE).rmdir()
    again = open_review(runs)
    assert said(runs) == []
    assert name != shown(again)  # of a log that is gone nothing is left


def test_a_run_without_labels_says_what_to_do(runs: Runs) -> None:
    app = open_page("review", runs.audit.path.parent, "runs/curated", reviewer="ann")
    assert not app.exception
    assert "choose a run that `tain audit` wrote" in html(app)


def test_an_unsafe_picture_is_blurred_until_somebody_asks(runs: Runs) -> None:
    name = order(runs)[0]
    place = [row["request_id"] for row in runs.audit.read("requests").to_pylist()].index(name)
    sharp = photograph(place)
    assert details(pictures(open_review(runs))[0], sharp) > 0.5
    read_as(runs.audit, "sample", name, 0.97)
    st.cache_resource.clear()
    app = open_review(runs)
    assert shown(app) == name
    assert "Blurred: read as unsafe by nsfw." in html(app)
    assert details(pictures(app)[0], sharp) < 0.5
    press(app, "Show")
    assert details(pictures(app)[0], sharp) > 0.5
    assert [one["request_id"] for one in entries()] == [name]


def details(webp: bytes, other: np.ndarray) -> float:
    """Return the correlation of what two pictures hold beyond 8 x 8 pixels."""
    ours = np.asarray(Image.open(io.BytesIO(webp)).convert("L").resize((64, 64)), float)
    theirs = np.asarray(Image.fromarray(other).convert("L"), float)
    fine = [
        one - np.asarray(Image.fromarray(one.astype(np.uint8)).resize((8, 8)).resize((64, 64)), float)
        for one in (ours, theirs)
    ]
    return float(np.corrcoef(fine[0].ravel(), fine[1].ravel())[0, 1])


def test_each_answer_has_a_key_of_its_own(runs: Runs) -> None:
    app = open_page("review", runs.audit.path.parent, AUDIT, attribute=TONE, reviewer="ann")
    keys = {one.label: one.proto.shortcut for one in app.button}
    tones = [f"Monk {tone}" for tone in range(1, 11)]
    assert [keys[one] for one in tones] == [*"1234567890"]
    assert (keys["Can't tell"], keys["Undo"], keys["Show its prompt"]) == ("x", "u", "p")


def test_no_key_is_given_twice_and_what_is_beyond_the_keys_has_none() -> None:
    keys = keys_of([str(place) for place in range(60)])
    given = [key for key in keys.values() if key]
    assert len(set(given)) == len(given) == 31
    assert not set(given) & {"C", "R", "X", "U", "P"}


def test_a_value_with_markup_is_shown_as_it_is(runs: Runs) -> None:
    labels = runs.audit.read("labels").to_pylist()
    name = order(runs)[0]
    row = next(one for one in labels if one["subject_id"] == name and one["attribute"] == GENDER)
    row |= {"annotator": "theirs", "value": MARKDOWN, "probabilities": [(MARKDOWN, 1.0)]}
    runs.audit.write_shard("labels", len(runs.audit.shards("labels")), schema.from_rows("labels", [row]))
    app = open_review(runs)
    (label,) = [one.label for one in app.button if "press me" in one.label]
    assert label == plain(MARKDOWN)
    assert label.startswith(r"\[press me\]\(javascript\:alert\(1\)\)")


@pytest.mark.parametrize("address", [{"kind": "other"}, {"queue": "mine"}, {"asked": "../x"}, {"figures": "x"}])
def test_an_address_that_names_nothing_opens_what_there_is(runs: Runs, address: dict[str, str]) -> None:
    assert len(pictures(open_review(runs, **address))) == 1


def test_a_name_is_data(runs: Runs) -> None:
    app = press(open_review(runs, "<script>alert(1)</script>"), "man")
    assert "<script>" not in html(app)
    assert "&lt;script&gt;" in html(app)
    assert said(runs)[0][0] == "<script>alert(1)</script>"
    assert Path(runs.audit.path / FILE).is_file()
