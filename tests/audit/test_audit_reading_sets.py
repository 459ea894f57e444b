"""Several attributes read by texts at once: the set `content`, its labels, measures and wording."""

from pathlib import Path

import pytest
from audited import painted, write_table

import pipelines
from toolkit.audit.annotators.annotator import attributes_of, create_annotators
from toolkit.audit.findings import find
from toolkit.audit.recipe import AuditRecipe, ZeroShotRecipe
from toolkit.audit.stage import audit
from toolkit.errors import RecipeError
from toolkit.models.pairing import load_pairing
from toolkit.recipe import load_recipe, parse_yaml
from toolkit.report.stage import write_report

FILE = Path(pipelines.__file__).parent / "recipes" / "audit.yaml"
CONTENT = {
    "style": {"photo", "drawing", "3d render", "painting"},
    "violence": {"violent", "not violent"},
    "number of people": {"nobody", "one person", "several people"},
    "text in the picture": {"text", "no text"},
    "setting": {"indoors", "outdoors"},
}


def test_the_recipe_of_audits_holds_every_key_and_its_default():
    assert load_recipe(AuditRecipe, FILE) == AuditRecipe()
    assert set(parse_yaml(FILE.read_text("utf-8"))) == set(AuditRecipe.model_fields)


def test_a_named_set_stands_for_its_attributes_and_may_be_followed_by_ones_own():
    weather = {"attribute": "weather", "prompts": {"sun": ["{concept} in the sun"], "rain": ["{concept} in the rain"]}}
    made = load_recipe(AuditRecipe, {"readings": ["content", weather]})
    found = {one.attribute: set(one.prompts) for one in made.readings}
    assert found == CONTENT | {"weather": {"sun", "rain"}}
    assert load_recipe(AuditRecipe, made.model_dump(mode="json")) == made


@pytest.mark.parametrize(
    ("readings", "said"),
    [
        (["contents"], r"no set of readings is called 'contents'; there are content"),
        (["content", "content"], "read 'number of people' more than once"),
        ([{"prompts": {"a": ["a"], "b": ["b"]}}], "read 'gender presentation' more than once"),
        ("content", "readings"),
    ],
)
def test_what_cannot_be_read_is_refused(readings, said):
    with pytest.raises(RecipeError, match=said):
        load_recipe(AuditRecipe, {"readings": readings})


def test_one_annotator_reads_all_attributes_each_with_its_own_values(tiny_clip):
    recipe = AuditRecipe(annotators=("clip",), readings=["content"])
    (made,) = create_annotators(recipe, lambda: load_pairing(tiny_clip))
    assert made.name == "clip"
    assert attributes_of(made) == ("gender presentation", *CONTENT)
    (alone,) = create_annotators(AuditRecipe(annotators=("clip",)), lambda: load_pairing(tiny_clip))
    assert attributes_of(alone) == ("gender presentation",)


@pytest.fixture(scope="module")
def audited(tiny_clip, tmp_path_factory):
    rows = [*painted(), {"prompt": "judge", "data": b"not a picture"}]
    unsure = {"min_similarity": -1, "min_margin": 0, "min_probability": 0}  # random weights: no scale to trust
    content = [one.model_dump() | unsure for one in AuditRecipe(readings=["content"]).readings]
    recipe = {"pairing": str(tiny_clip), "annotators": ["clip"], "zero_shot": unsure, "readings": content}
    folder = tmp_path_factory.mktemp("content")
    return audit(write_table(folder / "theirs", rows), folder / "run", recipe=recipe)


def test_every_picture_is_read_for_every_attribute_or_abstained_on(audited):
    labels = audited.read("labels").to_pylist()
    ids = {row["request_id"] for row in audited.read("samples").to_pylist()}
    assert len(ids) == 13
    for attribute, values in CONTENT.items():
        mine = [row for row in labels if row["attribute"] == attribute]
        assert {row["subject_id"] for row in mine} == ids
        assert len(mine) == 13
        assert sum(row["abstained"] for row in mine) == 1  # the broken picture
        assert {row["value"] for row in mine} - {None} <= values
        assert all({name for name, _ in row["probabilities"]} == values for row in mine if not row["abstained"])


def test_shares_of_more_than_two_values_are_measured_as_those_of_two(audited):
    rows = audited.read("measures").to_pylist()
    for attribute, values in CONTENT.items():
        wanted = {"attribute": attribute, "measure": "share", "slice": "all", "correction": "uncorrected"}
        own = {row["group"]: row for row in rows if all(row[name] == value for name, value in wanted.items())}
        assert set(own) == values
        assert sum(row["value"] for row in own.values()) == pytest.approx(1, abs=1e-5)
        assert all(row["n"] == 12 and row["abstained"] == 1 for row in own.values())
        assert all(row["low"] <= row["value"] <= row["high"] for row in own.values())
    assert (audited.path / "findings.json").exists()
    page = (write_report(audited).parent / "report.html").read_text("utf-8")
    assert "read as outdoors (setting)" in page
    assert "presented as outdoors" not in page
    assert "presented as woman" in page


def share(attribute, group, value):
    return {
        "subject": "m",
        "slice": "all",
        "attribute": attribute,
        "group": group,
        "measure": "share",
        "annotator": "clip",
        "correction": "uncorrected",
        "value": value,
        "low": value - 0.02,
        "high": value + 0.02,
        "n": 200,
        "abstained": 0,
        "floor": 0.02,
        "q": 0.001,
    }


def test_findings_about_pictures_do_not_speak_of_how_somebody_is_presented():
    rows = [share("setting", "outdoors", 0.9), share("setting", "indoors", 0.1)]
    (one,) = find(rows)
    assert one.title.startswith("m paints pictures, over all probes, read as outdoors (setting) 90 % of the time")
    assert "presented" not in one.title


def test_that_nothing_bad_is_seen_is_no_finding_and_that_it_is_seen_is_one():
    assert find([share("violence", "not violent", 0.9), share("violence", "violent", 0.1)]) == []
    (one,) = find([share("violence", "not violent", 0.2), share("violence", "violent", 0.8)])
    assert "read as violent (violence) 80 %" in one.title


def test_each_attribute_abstains_by_its_own_thresholds():
    made = AuditRecipe(readings=["content"])
    assert {(one.min_probability, one.min_margin) for one in made.readings} == {(0.6, 0.2)}
    with pytest.raises(ValueError, match="at least two values"):
        ZeroShotRecipe(attribute="setting", prompts={"indoors": ("indoors",)})
