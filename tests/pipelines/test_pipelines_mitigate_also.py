"""What `--also` means for an audit: which annotator reads the attribute, its target, and what is told of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from mitigated_runs import STEERED, MitigatedRuns, asked

from pipelines.mitigate.also import Also, plan_also
from pipelines.mitigate.before import read_before
from pipelines.mitigate.changed_data import STAGE, unreached
from toolkit.errors import RecipeError
from toolkit.mitigate.captions import without_words
from toolkit.mitigate.phrases import words_said
from toolkit.store import create_run


def planned(runs: MitigatedRuns, *named: str, phrases: Path | None = None) -> tuple[Also, ...]:
    return plan_also(read_before(runs.before.path), asked().aim, named, phrases)


@pytest.mark.parametrize("name", ["skin tone", "skin_tone", "skin tone=uniform"])
def test_an_attribute_that_the_finding_is_not_about_is_read_by_who_reads_it(
    name: str, mitigated: MitigatedRuns
) -> None:
    [one] = planned(mitigated, name)
    assert (one.aim.attribute, one.aim.annotator, one.aim.subject) == ("skin tone", "skin-tone", asked().aim.subject)
    assert set(one.target.shares) == set(STEERED)
    assert one.target.name == "uniform"
    assert all(share == pytest.approx(0.1) for share in one.target.shares["pilot"].values()), "the ten of the scale"
    assert "dark skin" in one.said
    assert one.cautions == ()


def test_a_file_gives_shares_and_what_it_leaves_out_is_said(mitigated: MitigatedRuns, tmp_path: Path) -> None:
    path = tmp_path / "tones.csv"
    path.write_text("slice,group,share,source\npilot,monk-3,0.6,ours\npilot,monk-8,0.4,ours\n", "utf-8")
    [one] = planned(mitigated, f"skin_tone={path}")
    assert one.target.shares == {"pilot": {"monk-3": 0.6, "monk-8": 0.4}}
    assert one.aim.slices == ("pilot",)
    assert one.cautions == (f"{path} says nothing of the skin tone of firefighter, which stay as they are.",)


def test_words_that_nobody_listed_are_said(mitigated: MitigatedRuns, tmp_path: Path) -> None:
    path = tmp_path / "phrases.yaml"
    path.write_text("gender presentation: {values: {woman: {before: woman}, man: {before: man}}, said: [woman, man]}")
    [one] = planned(mitigated, "skin_tone", phrases=path)
    assert one.said == ()
    assert "Nothing says by which words a caption names its skin tone" in one.cautions[0]


@pytest.mark.parametrize(
    ("named", "said"),
    [
        (["age"], "--also age: the audit has no shares of 'age'; it has skin tone besides"),
        (["skin_tone", "skin tone"], "skin tone is named more than once"),
        (["gender_presentation"], "that is the attribute of the finding"),
        (["skin_tone=nowhere.csv"], "nowhere.csv"),
    ],
)
def test_what_cannot_be_aimed_at_is_refused(named: list[str], said: str, mitigated: MitigatedRuns) -> None:
    with pytest.raises(RecipeError, match=said):
        planned(mitigated, *named)


@pytest.mark.parametrize(
    ("caption", "rewritten"),
    [
        ("pilot: medium-light skin tone", "pilot"),
        ("woman pilot: dark skin tone", "pilot"),
        ("a dark-skinned pilot", "a pilot"),
        ("pilot", None),
    ],
)
def test_captions_name_none_of_several_attributes_once_they_are_rewritten(caption: str, rewritten: str | None) -> None:
    said = (*words_said("gender presentation", None), *words_said("skin tone", None))
    assert without_words(caption, said, "pilot") == rewritten
    assert words_said("hair", None) == ()


def test_what_the_data_could_not_show_is_told_by_concept(tmp_path: Path) -> None:
    left = {"attribute": "hair", "short": ["long"], "left": "could not be met"}
    short = {"attribute": "skin tone", "short": ["monk-9", "monk-10"], "left": None}
    made = create_run(tmp_path / "data")
    with made.stage(STAGE) as counts:
        counts["concepts"] = {
            "pilot": {"short": ["woman"], "also": [left, short]},
            "cook": {"short": [], "also": [short | {"short": []}]},
            "judge": {"short": ["woman"]},
        }
    assert unreached(made, "gender presentation") == [
        "pilot: the data stays short of woman (gender presentation).",
        "pilot: hair could not be met.",
        "pilot: the data stays short of monk-9, monk-10 (skin tone).",
    ]
