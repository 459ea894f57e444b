"""Attributes read by questions: probabilities over the given answers, abstentions, and a whole audit of it."""

import numpy as np
import pytest
from audited import YELLOW, face, write_table
from tiny_answering import SAVED

from toolkit.audit.annotators.annotator import Picture, create_annotators
from toolkit.audit.recipe import AuditRecipe, VqaRecipe
from toolkit.audit.stage import audit
from toolkit.errors import ModelError, RecipeError
from toolkit.recipe import load_recipe

OFFICER = {"attribute": "role", "question": "is the {concept} a judge?", "answers": {"yes": ["yes"], "man": ["man"]}}


@pytest.fixture(scope="module", params=sorted(SAVED))
def folder(request, tmp_path_factory):
    """A network that answers `woman` to nearly everything."""
    return SAVED[request.param](tmp_path_factory.mktemp("answering") / request.param, "woman")


def annotator(folder, **settings):
    recipe = {"annotators": ["vqa"], "vqa": {"network": str(folder), **settings}}
    (made,) = create_annotators(load_recipe(AuditRecipe, recipe), lambda: None)
    return made


def pictures(*pixels):
    return [Picture("sample", str(place), "judge", "a judge", one) for place, one in enumerate(pixels)]


def test_the_likeliest_of_the_given_answers_is_the_value(folder):
    for label in annotator(folder).annotate(pictures(face(YELLOW), face(YELLOW, long_hair=True))):
        assert (label.value, label.attribute) == ("woman", "gender presentation")
        assert set(label.probabilities) == {"woman", "man"}
        assert sum(label.probabilities.values()) == pytest.approx(1, abs=2e-4)
        assert label.probabilities["woman"] > 0.6


@pytest.mark.parametrize("settings", [{"min_probability": 1.0}, {"min_margin": 1.0}, {"min_score": 5.0}])
def test_it_abstains_where_it_is_not_sure_or_would_say_something_else(folder, settings):
    (label,) = annotator(folder, **settings).annotate(pictures(face(YELLOW)))
    assert label.abstained
    assert label.value is None
    assert label.probabilities["woman"] > label.probabilities["man"]


def test_it_abstains_on_a_blank_picture(folder):
    (label,) = annotator(folder).annotate(pictures(np.full((64, 64, 3), 255, np.uint8)))
    assert label.abstained


def test_answers_of_one_value_add_up(folder):
    ask = {"attribute": "x", "question": "is this a woman?"}
    apart = {"woman": ["woman"], "man": ["man"], "yes": ["yes"]}
    joined = {"woman": ["woman"], "man or yes": ["man", "yes"]}
    low = {"min_score": 0.0, "min_probability": 0.0, "min_margin": 0.0}
    chances = [
        annotator(folder, questions=[ask | {"answers": answers}], **low)
        .annotate(pictures(face(YELLOW)))[0]
        .probabilities
        for answers in (apart, joined)
    ]
    assert chances[0]["woman"] == pytest.approx(chances[1]["woman"], abs=1e-4)
    assert chances[0]["man"] + chances[0]["yes"] == pytest.approx(chances[1]["man or yes"], abs=2e-4)


def test_questions_may_speak_of_the_concept(folder):
    made = annotator(folder, questions=[OFFICER])
    asked = []
    scores = made._network.scores
    made._network.scores = lambda some, question, answers: asked.append(question) or scores(some, question, answers)
    made.annotate([*pictures(face(YELLOW)), Picture("sample", "b", "firefighter", "", face(YELLOW))])
    assert asked == ["is the judge a judge?", "is the firefighter a judge?"]


def test_an_audit_measures_every_attribute_that_is_asked_for(folder, tmp_path):
    rows = [{"prompt": "judge", "pixels": face(YELLOW, coat=(30 * place, 90, 160))} for place in range(6)]
    rows.append({"prompt": "judge", "data": b"not a picture"})
    default = VqaRecipe().model_dump()["questions"][0]
    recipe = {"annotators": ["vqa"], "vqa": {"network": str(folder), "questions": [default, OFFICER]}}
    run = audit(write_table(tmp_path / "theirs", rows), tmp_path / "run", recipe=recipe)
    labels = run.read("labels").to_pylist()
    assert {(row["attribute"], row["annotator"]) for row in labels} == {
        ("gender presentation", "vqa"),
        ("role", "vqa"),
    }
    assert len(labels) == 14
    wanted = {"measure": "share", "group": "woman", "slice": "judge", "correction": "uncorrected"}
    (row,) = [one for one in run.read("measures").to_pylist() if all(one[key] == wanted[key] for key in wanted)]
    assert (row["value"], row["n"], row["abstained"]) == (1.0, 6, 1)


def test_what_can_never_be_answered_is_refused_before_anything_is_made(folder, tmp_path):
    table = write_table(tmp_path / "theirs", [{"prompt": "judge", "pixels": face(YELLOW)}])
    strange = OFFICER | {"answers": {"a": ["xylophone"], "b": ["man"]}}
    recipe = {"annotators": ["vqa"], "vqa": {"network": str(folder), "questions": [strange]}}
    with pytest.raises(ModelError, match="the answer 'xylophone'"):
        audit(table, tmp_path / "run", recipe=recipe)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("questions", "said"),
    [
        ([OFFICER, OFFICER], "questions ask for an attribute more than once"),
        ([OFFICER | {"answers": {"yes": ["yes"]}}], "at least two values"),
        ([], "at least 1 item"),
    ],
)
def test_questions_that_make_no_sense_are_refused(questions, said):
    with pytest.raises(RecipeError, match=said):
        load_recipe(AuditRecipe, {"vqa": {"questions": questions}})
