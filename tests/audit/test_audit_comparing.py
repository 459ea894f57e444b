"""Two real audits compared: shares, differences, pairs of one seed; and what cannot be compared is said."""

import json
from pathlib import Path

import numpy as np
import pytest
from audited import face, write_table
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit import schema
from toolkit.audit.annotators.skin_tone import SkinToneAnnotator
from toolkit.audit.comparing.compare import compare, write_comparison
from toolkit.audit.comparing.differences import compare_rows
from toolkit.audit.comparing.same_noise import painted_of, twins_of, twins_of_words
from toolkit.audit.comparing.sides import Pair, pair_subjects
from toolkit.audit.comparing.wording import sentence
from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.measure import measure
from toolkit.audit.measuring.readings import Readings
from toolkit.audit.stage import audit
from toolkit.audit.subjects import Subject
from toolkit.errors import RunError
from toolkit.statistics.comparisons import binomial_test
from toolkit.statistics.intervals import wilson
from toolkit.statistics.paired import mcnemar
from toolkit.statistics.two_rates import equal_rates_p
from toolkit.store import create_run

LIGHT, DARK = (234, 218, 186), (96, 65, 52)
COUNT = 16


def pictures(model, dark, *, role="judge", first_seed=0):
    """Return 16 pictures of a role of which the first `dark` are dark faces, the others light ones."""
    return [
        {"prompt": role, "model": model, "seed": first_seed + place,
         "pixels": face(DARK if place < dark else LIGHT, coat=(15 * place, 90, 40))}
        for place in range(COUNT)
    ]  # fmt: skip


def audited(folder, rows):
    return audit(write_table(folder / "painted", rows), folder / "audit", recipe={"annotators": ["skin-tone"]})


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Before, after (from the same seeds), after with other seeds, and both models in one audit."""
    folder = tmp_path_factory.mktemp("compare")
    before, after = pictures("m", 2), pictures("m", 13)
    return {
        "before": audited(folder / "a", before),
        "after": audited(folder / "b", after),
        "other seeds": audited(folder / "c", pictures("m", 13, first_seed=100)),
        "other model": audited(folder / "d", pictures("n", 13)),
        "both": audited(folder / "e", [*before, *pictures("n", 13)]),
        "other role": audited(folder / "f", pictures("m", 2, role="chef")),
    }


def row_of(found, slice_name="judge", group="monk-8"):
    (row,) = [one for one in found.rows if (one.slice, one.group) == (slice_name, group)]
    return row


def test_drift_is_a_difference_with_its_interval_p_and_pairs(runs):
    row = row_of(compare(runs["before"], runs["after"]))
    assert (row.share_a, row.share_b, row.n_a, row.n_b) == (2 / 16, 13 / 16, 16, 16)
    assert row.value == pytest.approx(11 / 16)
    one, two = wilson(2, 16), wilson(13, 16)
    assert row.low == pytest.approx(11 / 16 - np.hypot(13 / 16 - two.low, one.high - 2 / 16), abs=2e-6)
    assert row.high == pytest.approx(11 / 16 + np.hypot(two.high - 13 / 16, 2 / 16 - one.low), abs=2e-6)
    assert row.p == pytest.approx(float(equal_rates_p(2, 16, 13, 16)), rel=1e-3)
    assert (row.pairs, row.gained, row.lost) == (16, 11, 0)
    assert row.paired_p == pytest.approx(mcnemar(11, 0).p, rel=1e-3)
    assert row.p <= row.q <= 1
    assert row.paired_p <= row.paired_q <= 0.05


def test_the_change_is_told_once_by_the_group_that_rises(runs):
    found = compare(runs["before"], runs["after"])
    told = [one for one in found.told if one.slice == "judge"]
    assert [one.group for one in told] == ["monk-8"]
    said = sentence(told[0].as_row())
    assert said.startswith("m, 'judge': skin tone = monk-8 12.5 % -> 81.2 % (+68.8 points [")
    assert "of 16 pairs of one seed 11 gained it and 0 lost it" in said


def test_an_audit_does_not_differ_from_itself_read_again(runs, tmp_path):
    again = audited(tmp_path, pictures("m", 2))
    found = compare(runs["before"], again)
    assert found.told == ()
    assert all(one.value == 0 and one.p == 1 and one.gained == one.lost == 0 for one in found.rows)


def test_another_version_of_the_annotator_is_flagged_and_its_labels_are_not_paired(runs, tmp_path, monkeypatch):
    assert not any("another version" in one for one in compare(runs["before"], runs["after"]).cautions)
    monkeypatch.setattr(SkinToneAnnotator, "version", "of another day")
    later = audited(tmp_path, pictures("m", 13))
    found = compare(runs["before"], later)
    (flag,) = [one for one in found.cautions if "another version" in one]
    assert flag.startswith("skin-tone (skin tone) was read by another version of the annotator")
    assert row_of(found).value == pytest.approx(11 / 16)
    assert row_of(found).pairs is None
    assert flag in (write_comparison(found, tmp_path / "drift") / "compare.md").read_text("utf-8")


def test_without_common_seeds_there_are_no_pairs_and_it_says_so(runs):
    found = compare(runs["before"], runs["other seeds"])
    assert row_of(found).pairs is None
    assert row_of(found).q <= 0.05
    assert any("No prompt was painted from the same seed" in one for one in found.cautions)


def test_two_models_are_paired_by_name_or_because_there_is_no_other(runs):
    for found in (
        compare(runs["before"], runs["other model"]),
        compare(runs["both"]),
        compare(runs["both"], runs["both"]),
        compare(runs["both"], subject_a="m"),
        compare(runs["both"], runs["other model"], subject_a="m", subject_b="n"),
    ):
        assert found.pairs == (Pair("m", "n"),)
        row = row_of(found)
        assert (row.subject_a, row.subject_b, row.pairs, row.gained) == ("m", "n", 16, 11)
    backwards = row_of(compare(runs["both"], subject_a="n", subject_b="m"))
    assert (backwards.value, backwards.lost) == (pytest.approx(-11 / 16), 11)


def test_what_cannot_be_paired_is_told_with_what_there_is(runs, tmp_path):
    with pytest.raises(RunError, match=r"no share in common: the first has .*slices judge.*second .*slices chef"):
        compare(runs["before"], runs["other role"], subject_a="m", subject_b="m")
    with pytest.raises(RunError, match=r"has 1 models \(m\)"):
        compare(runs["before"])
    with pytest.raises(RunError, match="--subject-b is 'k', which is not audited there; did you mean"):
        compare(runs["before"], runs["other model"], subject_a="m", subject_b="k")
    with pytest.raises(RunError, match="no model in common: the first has k, m, the second l, n"):
        pair_subjects([{"subject": "k"}, {"subject": "m"}], [{"subject": "l"}, {"subject": "n"}])
    create_run(tmp_path / "empty")
    with pytest.raises(RunError, match="holds no finished audit"):
        compare(runs["before"], tmp_path / "empty")


def test_slices_that_only_one_audit_has_do_not_pass_for_a_change_of_all_together():
    first = rows_of([0, 0, 1, 1] * 5, concepts=("judge", "chef"))
    second = rows_of([0, 1, 1, 1] * 5, concepts=("judge", "cook"))
    found = compare_rows(first, second, [Pair("m", "m")], {})
    assert {one.slice for one in found if one.value is not None} == {"judge"}
    assert all("other slices" in one.not_measurable for one in found if one.slice == "all")


def test_slices_of_one_audit_alone_are_named(tmp_path, runs):
    more = audited(tmp_path, [*pictures("m", 2), *pictures("m", 2, role="chef")])
    found = compare(runs["before"], more)
    assert "Of m only the second audit has 1 slices: chef." in found.cautions
    assert row_of(found).value == 0
    assert row_of(found, "all").value is None


def test_it_is_written_as_json_and_as_a_page(runs, tmp_path):
    found = compare(runs["before"], runs["after"])
    folder = write_comparison(found, tmp_path / "drift")
    said = json.loads((folder / "compare.json").read_text("utf-8"))
    assert len(said["rows"]) == len(found.rows)
    assert said["rows"][0].keys() >= {"share_a", "share_b", "low", "high", "p", "q", "paired_q", "not_measurable"}
    assert "Benjamini" in (folder / "compare.md").read_text("utf-8")
    assert "all slices and groups of one pair of subjects" in said["family"]
    page = (folder / "compare.md").read_text("utf-8")
    assert "- m, 'judge': skin tone = monk-8 12.5 % -> 81.2 %" in page
    assert "| m | judge | skin tone | monk-8 | skin-tone, uncorrected | 12.5 % | 81.2 % |" in page
    with pytest.raises(RunError, match="in the way"):
        write_comparison(found, folder)


def rows_of(values, origin="m", concepts=("judge",)):
    """Return the measures of labels in {0, 1, -1} (abstained), dealt to `concepts` in turn."""
    subjects = [
        Subject("sample", str(place), origin, (concepts[place % len(concepts)],), "", "", {}, Path())
        for place in range(len(values))
    ]
    value = np.array(values, np.int64)
    places = np.arange(len(values))
    readings = [Readings("clip", "1", "gender", ("man", "woman"), places, value, np.zeros(len(values), bool))]
    return schema.from_rows("measures", measure(Evidence.of(subjects, readings))).to_pylist()


LABELS = st.lists(st.sampled_from([-1, 0, 1]), min_size=1, max_size=30)


@given(LABELS, LABELS)
@settings(max_examples=60)
def test_every_share_of_both_is_compared_or_says_why_not(first, second):
    found = compare_rows(rows_of(first), rows_of(second), [Pair("m", "m")], {})
    assert {(one.slice, one.group) for one in found} == {(s, g) for s in ("judge", "all") for g in ("man", "woman")}
    for one in found:
        if max(first) < 0 or max(second) < 0:
            assert one.value is None
            assert "abstained on all" in one.not_measurable
        else:
            assert one.low <= one.value <= one.high
            assert 0 < one.p <= one.q <= 1


@given(LABELS, LABELS)
@settings(max_examples=40)
def test_swapping_the_audits_turns_the_differences_around(first, second):
    there = compare_rows(rows_of(first), rows_of(second), [Pair("m", "m")], {})
    back = compare_rows(rows_of(second), rows_of(first), [Pair("m", "m")], {})
    for one, other in zip(there, back, strict=True):
        if one.value is not None:
            assert (one.value, one.low, one.high) == pytest.approx((-other.value, -other.high, -other.low))
            assert (one.p, one.q) == pytest.approx((other.p, other.q))


def test_of_equal_models_few_differ_and_of_unequal_ones_most():
    stream = np.random.default_rng(3)
    concepts = [f"role {place}" for place in range(10)]

    def told(share):
        count = 0
        for _ in range(20):
            drawn = [(stream.random(1_000) < one).astype(int).tolist() for one in (0.5, share)]
            found = compare_rows(*(rows_of(one, concepts=concepts) for one in drawn), [Pair("m", "m")], {})
            count += sum(one.q <= 0.05 and one.group == "woman" and one.slice != "all" for one in found)
        return count / 200

    assert told(0.5) <= 0.05
    assert told(0.8) >= 0.9


def test_a_corrected_share_is_compared_by_the_errors_of_its_interval():
    def row(value, low, high):
        wanted = {"slice": "judge", "group": "man", "measure": "share"}
        (raw,) = [one for one in rows_of([0, 1]) if wanted.items() <= one.items()]
        return raw | {"correction": "confusion matrix", "value": value, "low": low, "high": high}

    (one,) = compare_rows([row(0.5, 0.4, 0.6)], [row(0.7, 0.6, 0.8)], [Pair("m", "m")], {})
    assert (one.low, one.high) == pytest.approx((0.2 - np.sqrt(0.02), 0.2 + np.sqrt(0.02)), abs=1e-6)
    assert one.p == pytest.approx(0.0056, abs=2e-4)  # z = 0.2 / (0.1414 / 1.96) = 2.772
    assert one.pairs is None


def test_both_corrections_of_a_share_are_compared_each_with_its_own():
    def both(values):
        wanted = {"slice": "judge", "group": "man", "measure": "share"}
        (raw,) = [one for one in rows_of([0, 1] * 20) if wanted.items() <= one.items()]
        return [
            raw | {"correction": name, "value": value, "low": value - 0.05, "high": value + 0.05}
            for name, value in values.items()
        ]

    first = both({"confusion matrix": 0.3, "prediction-powered": 0.4})
    second = both({"confusion matrix": 0.6, "prediction-powered": 0.8})
    found = {one.correction: one for one in compare_rows(first, second, [Pair("m", "m")], {})}
    assert {name: one.value for name, one in found.items()} == {"confusion matrix": 0.3, "prediction-powered": 0.4}
    assert "corrected by prediction-powered" in sentence(found["prediction-powered"].as_row())


def test_a_correction_that_one_audit_lacks_is_said(tmp_path):
    def run(name, corrections):
        made = create_run(tmp_path / name)
        rows = [
            one | {"correction": correction}
            for correction in ("uncorrected", *corrections)
            for one in rows_of([0, 1] * 20)
        ]
        with made.stage("audit"):
            made.write_shard("measures", 0, schema.from_rows("measures", rows))
        return made

    found = compare(run("a", ["confusion matrix", "prediction-powered"]), run("b", ["confusion matrix"]))
    assert {one.correction for one in found.rows} == {"uncorrected", "confusion matrix"}
    assert (
        "Of m only the first audit has shares corrected by prediction-powered: they are not compared." in found.cautions
    )


def test_a_census_that_changed_is_told_without_a_test():
    first, second = rows_of([0, 0, 1, 1], "data:d"), rows_of([0, 1, 1, 1], "data:d")
    found = compare_rows(first, second, [Pair("data:d", "data:d")], {})
    assert {(one.value, one.low, one.p, one.q) for one in found} == {
        (0.25, None, None, None),
        (-0.25, None, None, None),
    }


def test_a_model_is_held_against_a_census_as_against_fixed_shares():
    found = compare_rows(rows_of([0, 1, 1, 1], "data:d"), rows_of([0, 1] * 20), [Pair("data:d", "m")], {})
    (one,) = [one for one in found if (one.slice, one.group) == ("judge", "woman")]
    low, high = wilson(20, 40)
    assert (one.value, one.low, one.high) == pytest.approx((-0.25, low - 0.75, high - 0.75), abs=1e-6)
    assert one.p == pytest.approx(binomial_test(20, 40, 0.75).p, rel=1e-3)


def test_intervals_of_another_confidence_are_refused():
    other = [one | {"confidence": 0.9} for one in rows_of([0, 1])]
    with pytest.raises(RunError, match=r"0\.95 and 0\.9"):
        compare_rows(rows_of([0, 1]), other, [Pair("m", "m")], {})


def test_pictures_of_one_seed_are_found_with_what_was_read_in_both(runs):
    before, after = painted_of(runs["before"]), painted_of(runs["after"])
    twins = twins_of(before, after, Pair("m", "m"), ("skin-tone", "skin tone"))
    row = row_of(compare(runs["before"], runs["after"]))
    assert len(twins) == row.pairs == 16
    assert sum(one.after == "monk-8" != one.before for one in twins) == row.gained
    names = {one["request_id"]: (one["prompt"], one["seed"]) for one in runs["before"].read("requests").to_pylist()}
    others = {one["request_id"]: (one["prompt"], one["seed"]) for one in runs["after"].read("requests").to_pylist()}
    for one in twins:
        assert names[one.first] == others[one.second] == (one.prompts[0], one.seed)
        assert one.slices == ("judge",)
    assert twins_of(before, after, Pair("m", "m"), ("clip", "gender presentation")) == []
    assert twins_of(before, painted_of(runs["other seeds"]), Pair("m", "m"), ("skin-tone", "skin tone")) == []
    assert twins_of_words(before, "m", ("skin-tone", "skin tone")) == {}  # these probes list no attribute
