"""Tables of the younger families: what they show is what the measures say, and why some of it cannot be told."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from run_folder import Runs
from test_report_sections import Row, row

from toolkit.report.sections.section import MOST_REASONS, Section
from toolkit.report.sections.sections import sections
from toolkit.report.stage import write_report


def only(rows: list[Row], anchor: str) -> Section:
    (found,) = (one for one in sections(rows) if one.anchor == anchor)
    return found


def cells(found: Section, place: int = 0) -> dict[str, str]:
    words = [one.replace("\N{NO-BREAK SPACE}", " ") for one in found.rows[place]]
    return dict(zip(found.head, words, strict=True))


def crossed(measure: str, group: str, value: float, **others: object) -> Row:
    both = {"attribute": "gender presentation & skin tone", "annotator": "clip & skin-tone", "group": group}
    return row(measure, value, value - 0.05, value + 0.05, **both | {"method": "wilson"}) | others


def test_cells_of_two_attributes_show_share_and_excess_and_small_ones_are_grey() -> None:
    rows = [
        crossed("intersection_share", "woman & monk-3", 0.4),
        crossed("intersection_excess", "woman & monk-3", 0.13, q=0.001, floor=0.02),
        crossed("intersection_share", "man & monk-3", 0.05),
        crossed("intersection_excess", "man & monk-3", -0.1, q=0.2, method="shares drawn; small: 2 pictures"),
        crossed("intersection_dependence", "all", 0.45, q=0.0001, floor=0.08),
    ]
    found = only(rows, "intersections")
    assert found.small == (False, True)
    assert cells(found) == {
        "Subject": "m", "Concept": "judge", "Read as both": "woman & Monk 3", "Read by": "clip & skin tone",
        "Of": "40 pictures", "Share": "40 % [35, 45]", "Points": "+13 [8, 18]", "By chance": "+2", "": "q = 0.001",
    }  # fmt: skip
    assert cells(found, 1)["Of"] == "2 pictures of 40: few"
    assert cells(only(rows, "dependence"))["Cramer's V"] == "0.45 [0.40, 0.50]"


def test_content_is_a_row_a_concept_and_differences_have_a_sign_and_the_surest_come_first() -> None:
    rows = [
        row("content_mean", 45.25, 44.0, 46.5, group="colourfulness"),
        row("content_mean", 0.5, 0.4, 0.6, group="brightness"),
        row("content_mean", 0.3, group="brightness", subject="data:art"),
        row("content_difference_from_data", 0.01, -0.1, 0.1, group="contrast", q=0.8),
        row("content_difference_from_data", -0.2, -0.3, -0.1, group="brightness", q=0.01, floor=0.03),
        row("content_difference_between_groups", 0.08, 0.05, 0.11, group="brightness: woman against man", q=0.01),
    ]  # fmt: skip
    means = only(rows, "content")
    assert cells(means) == {
        "Subject": "m", "Concept": "judge", "Colourfulness": "45.2 [44.0, 46.5]", "Brightness": "0.50 [0.40, 0.60]"
    }  # fmt: skip
    assert means.rows[1] == ("art (data)", "judge", "", "0.30")
    apart = only(rows, "content-from-data")
    assert [one[2:] for one in apart.rows] == [
        ("brightness", "-0.20 [-0.30, -0.10]", "0.03", "q = 0.01"), ("contrast", "+0.01 [-0.10, 0.10]", "", "q = 0.8"),
    ]  # fmt: skip
    assert only(rows, "content-groups").rows[0][2:4] == ("brightness", "woman against man")


def test_fidelity_stands_beside_two_halves_of_the_data_and_says_what_is_missing() -> None:
    counts = "100 pictures a side, of 200 of the data; floor: the data's own halves"
    few = "9 pictures of the model and 70 of the data; 30 and 60 at least are needed"
    rows = [
        row("kid", 0.0123, 0.01, 0.0146, floor=0.0002, reference=counts, annotator="features"),
        row("fid", None, annotator="features", reference=counts, not_measurable="a covariance takes more"),
        row("manifold_precision", 0.6, 0.5, 0.7, floor=0.9, reference=counts, annotator="features"),
        row("density", 0.5, 0.4, 0.6, floor=1.01, reference=counts, annotator="features"),
        row("kid", None, slice="cook", not_measurable=few),
    ]
    found = only(rows, "fidelity")
    assert len(found.rows) == 1
    one = cells(found)
    assert (one["Pictures a side"], one["KID"]) == ("100", "0.012 [0.010, 0.015] (halves 0.000)")
    assert (one["FID"], one["Precision"]) == ("not measurable", "60 % [50, 70] (halves 90 %)")
    assert (one["Density"], one["Coverage"]) == ("0.50 [0.40, 0.60] (halves 1.01)", "")
    assert found.missing == ("m, judge: fid: a covariance takes more", "m, cook: kid: " + few)


def test_single_concepts_of_a_dataset_are_left_to_the_tables_and_models_come_first() -> None:
    group = {"group": "brightness: woman against man"}
    rows = [
        row("content_difference_between_groups", 0.3, subject=subject, slice=name, **group)
        for subject in ("data:art", "m")
        for name in ("judge", "all")
    ]
    found = only(rows, "content-groups")
    assert [one[:2] for one in found.rows] == [("m", "all concepts"), ("m", "judge"), ("art (data)", "all concepts")]
    pictures = only([row("vendi", 3.0, subject=one) for one in ("data:art", "m")], "pictures")
    assert [one[0] for one in pictures.rows] == ["m", "art (data)"]


def test_people_stand_beside_pictures() -> None:
    rows = [
        row("share_of_people", 0.7, 0.6, 0.8, n=90), row("share", 0.6, 0.5, 0.7),
        row("share", 0.55, 0.4, 0.7, correction="confusion matrix"),
    ]  # fmt: skip
    found = only(rows, "people")
    assert [one[-3:] for one in found.rows] == [
        ("90", "70\N{NO-BREAK SPACE}% [60, 80]", "60\N{NO-BREAK SPACE}% [50, 70]")
    ]
    assert [one.anchor for one in sections(rows[1:])] == []


@pytest.mark.parametrize(("alpha", "bears"), [(0.85, "conclusions"), (0.7, "tentative"), (0.6, "too little")])
def test_agreement_says_what_it_bears(alpha: float, bears: str) -> None:
    rows = [row("reviewer_agreement", alpha, alpha - 0.1, alpha + 0.1, slice="all", annotator="review")]
    assert cells(only(rows, "agreement"))["What it bears"].startswith(bears)


def test_held_out_pictures_have_a_column_only_where_training_names_them() -> None:
    rows = [row("share_above_neighbours_99", 0.05, 0.02, 0.1, floor=0.01)]
    assert not [one for one in only(rows, "pictures").head if "did not see" in one]
    rows.append(row("share_above_held_out_99", 0.2, 0.1, 0.3, floor=0.01))
    assert (
        cells(only(rows, "pictures"))["Nearer than 99 % of what training did not see"] == "20 % [10, 30] (chance 1 %)"
    )


@pytest.mark.parametrize("measure", ["counterfactual_effect", "amplification_nearest_captions"])
def test_corrected_figures_follow_the_raw_ones_and_say_that_they_are_corrected(measure: str) -> None:
    one = {"slice": "all", "group": "woman: style 'a' against 'b'"}
    raw = row(measure, 0.3, 0.2, 0.4, q=0.01, **one)
    better = row(measure, 0.2, 0.1, 0.3, q=0.02, correction="confusion matrix", **one)
    other = row(measure, 0.1, 0.0, 0.2, q=0.015, **one | {"attribute": "skin tone"})
    (alone,) = sections([raw, other])
    assert "Correction" not in alone.head
    (both,) = sections([better, other, raw])
    place = both.head.index("Correction")
    points = [(words[place], words[place + 1]) for words in both.rows]
    assert points == [
        ("uncorrected", "+30 [20, 40]"), ("confusion matrix", "+20 [10, 30]"), ("uncorrected", "+10 [0, 20]"),
    ]  # fmt: skip


def test_the_ledger_says_which_row_is_corrected() -> None:
    rows = [
        one | {"correction": correction}
        for correction in ("uncorrected", "confusion matrix")
        for one in (
            row("ledger_kept", 0.5), row("ledger_generated", 0.9),
            row("ledger_raw", None, not_measurable="the data's pictures cannot be corrected"),
            row("ledger_responsible", 0.4, 0.3, 0.5, reference="generated"),
        )
    ]  # fmt: skip
    found = only(rows, "ledger")
    assert [one[found.head.index("Correction")] for one in found.rows] == ["uncorrected", "confusion matrix"]
    assert found.missing[1] == "m, judge: ledger raw (confusion matrix): the data's pictures cannot be corrected"


def test_reasons_name_concepts_and_measures_together_and_end() -> None:
    alike = [
        row(one, None, slice=name, not_measurable="no data run was given")
        for one in ("vendi", "clip_score")
        for name in ("all", "cook", "judge", "pilot", "tailor")
    ]
    other = [
        row("own_prompt_nearest", None, slice=str(place), not_measurable=f"{place} pictures")
        for place in range(MOST_REASONS)
    ]
    few = [row("vendi", None, subject="n", slice=one, not_measurable="2 pictures") for one in ("a", "b", "c", "d", "e")]
    assert only(few, "pictures").missing == ("n, a, b, c and 2 more: vendi: 2 pictures",)
    missing = only([*alike, *other], "pictures").missing
    assert missing[0] == "m, all concepts: vendi, clip score: no data run was given"
    assert missing[-1] == "and 1 more, in measures.csv"


def test_the_page_greys_small_cells_and_folds_reasons_away(runs: Runs) -> None:
    shard = runs.audit.shards("measures")[0]
    table = pq.read_table(shard)
    more = [
        crossed("intersection_share", "woman & <b>", 0.1, confidence=0.95),
        crossed("intersection_excess", "woman & <b>", 0.05, method="drawn; small: 4 pictures"),
        row("kid", None, slice="all", not_measurable="9 pictures of <i>the model</i>"),
    ]
    pq.write_table(pa.concat_tables([table, pa.Table.from_pylist(more, schema=table.schema)]), shard)
    page = write_report(runs.audit).read_text("utf-8")
    assert page.count('<tr class="few">') == 1
    assert "<td>woman &amp; &lt;b&gt;</td>" in page
    assert "<li>m, all concepts: kid: 9 pictures of &lt;i&gt;the model&lt;/i&gt;</li>" in page
    assert page.count('<h2 id="fidelity">') == 1


def test_a_small_cell_of_a_census_is_a_census(runs: Runs) -> None:
    shard = runs.audit.shards("measures")[0]
    table = pq.read_table(shard)
    method = "census; small: 3 pictures"
    more = crossed("intersection_share", "woman & light", 0.1, subject="data:art", method=method, low=None, high=None)
    pq.write_table(pa.concat_tables([table, pa.Table.from_pylist([more], schema=table.schema)]), shard)
    found = json.loads(write_report(runs.audit).with_name("report.json").read_text("utf-8"))
    assert method in [one["method"] for one in found["census"]]
