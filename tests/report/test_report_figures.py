"""Words, charts and the funnel: what holds for any figures."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit import schema
from toolkit.report.charts import PLOT_LEFT, PLOT_WIDTH, Bar, ForestMark, forest_plot, stacked_bars
from toolkit.report.funnel import funnel
from toolkit.report.wording import figure_of, floor_of, percent, percent_of, subject_name, tone_name
from toolkit.store import create_run

shares = st.floats(0, 1)
# What XML can hold: every character but controls, surrogates and the two noncharacters.
texts = st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=60)


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ((0.91, 0.84, 0.95, 100), "91 % [84, 95] of 100"),
        ((0.5, None, None, 3), "50 % of 3"),
        ((0.004, None, None, None), "0.4 %"),
        ((0.998, None, None, None), "99.8 %"),
        ((1.0, 0.96, 1.0, 1200), "100 % [96, 100] of 1,200"),
        ((None, None, None, 0), "? of 0"),
    ],
)
def test_shares_in_words(figures: tuple[float | None, float | None, float | None, int | None], words: str) -> None:
    assert percent_of(*figures).replace("\N{NO-BREAK SPACE}", " ") == words


@given(shares)
def test_a_share_is_said_to_be_all_or_none_only_where_it_is(share: float) -> None:
    said = percent(share).replace("\N{NO-BREAK SPACE}", " ")
    assert (said == "0 %") <= (share < 0.0005)
    assert (said == "100 %") <= (share > 0.9995)


@pytest.mark.parametrize(
    ("measure", "words", "floor"),
    [
        ("share", "8 % [5, 11]", "2 %"),
        ("intersection_excess", "+8 points [5, 11]", "2 points"),
        ("content_difference_between_groups", "+0.08 [0.05, 0.11]", "0.02"),
        ("content_difference_from_data", "+0.08 [0.05, 0.11]", "0.02"),
        ("reviewer_agreement", "0.08 [0.05, 0.11]", "0.02"),
    ],
)
def test_a_finding_and_its_floor_are_told_in_the_unit_of_its_measure(measure: str, words: str, floor: str) -> None:
    assert figure_of(measure, 0.08, 0.05, 0.11, None).replace("\N{NO-BREAK SPACE}", " ") == words
    assert floor_of(measure, 0.02).replace("\N{NO-BREAK SPACE}", " ") == floor


def test_names_are_those_that_people_know() -> None:
    assert subject_name("data:emoji/google") == "emoji/google (data)"
    assert subject_name("zoo:latent") == "zoo:latent"
    assert tone_name("monk-10") == "Monk 10"


@given(st.lists(st.tuples(texts, shares, shares, st.integers(1, 5000)), min_size=1, max_size=6))
def test_forest_marks_lie_where_their_shares_are(rows: list[tuple[str, float, float, int]]) -> None:
    marks = [ForestMark(label, value, min(value, other), max(value, other), n, 0.1) for label, value, other, n in rows]
    chart = ElementTree.fromstring(forest_plot(marks, reference=0.5, low_end="man", high_end="woman", title="t"))
    circles = [float(one.attrib["cx"]) for one in chart.iter("circle")]
    expected = [PLOT_LEFT + value * PLOT_WIDTH for _, value, _, _ in rows]
    assert circles == pytest.approx(expected, abs=0.06)


@given(st.dictionaries(texts, st.integers(0, 500), max_size=5), texts)
def test_stacked_bar_fills_the_plot_whatever_its_parts_are_called(counts: dict[str, int], label: str) -> None:
    chart = ElementTree.fromstring(stacked_bars([Bar(label, counts, "n")], title=label, colours={}))
    widths = [float(one.attrib["width"]) for one in chart.iter("rect")]
    assert len(widths) == sum(count > 0 for count in counts.values())
    assert sum(widths) == pytest.approx(PLOT_WIDTH if widths else 0, abs=0.5)


decided = st.lists(
    st.tuples(st.sampled_from(schema.STATUSES), st.sampled_from(["caption_words", "decode", "exact_duplicate", None])),
    min_size=1,
    max_size=40,
)


@settings(max_examples=25)
@given(decided)
def test_funnel_loses_no_row(rows: list[tuple[str, str | None]]) -> None:
    with TemporaryDirectory() as folder:
        run = create_run(Path(folder) / "run")
        table = [
            {
                "sample_id": f"{place:032x}",
                "status": status,
                "keep": status == "kept",
                "reasons": [{"rule": rule, "text": "why"}] if rule and status != "kept" else [],
            }
            for place, (status, rule) in enumerate(rows)
        ]
        run.write_shard("decisions", 0, schema.from_rows("decisions", table))
        found = funnel(run)
    assert found is not None
    assert found.kept + found.dropped + found.failed + found.quarantined == found.rows_in == len(rows)
    assert [found.kept, found.dropped, found.failed, found.quarantined] == [
        Counter(status for status, _ in rows)[status] for status in schema.STATUSES
    ]
    assert found.rows_in - sum(step.rows for step in found.steps) == found.kept
    assert all(step.rows > 0 and step.remaining >= found.kept for step in found.steps)


def test_funnel_follows_the_recorded_cascade(tmp_path) -> None:
    run = create_run(tmp_path / "run")
    rules = ["exact_duplicate", "caption_words", "exact_duplicate", "exact_duplicate"]
    rows = [
        {"sample_id": str(place), "status": "dropped", "keep": False, "reasons": [{"rule": rule}]}
        for place, rule in enumerate(rules)
    ]
    with run.stage("curate") as counts:
        run.write_shard("decisions", 0, schema.from_rows("decisions", rows))
        alone = {"taken": 3, "scored": 4}
        counts["funnel"] = [{"rule": "caption_words", "alone": {}}, {"rule": "exact_duplicate", "alone": alone}]
    found = funnel(run)
    assert found is not None
    assert [(step.rule, step.rows, step.remaining, step.alone) for step in found.steps] == [
        ("caption_words", 1, 3, None),
        ("exact_duplicate", 3, 0, 3),
    ]


def test_run_without_decisions_has_no_funnel(tmp_path) -> None:
    assert funnel(create_run(tmp_path / "run")) is None
