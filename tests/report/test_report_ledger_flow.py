"""The ledger of one concept as a flow, and the pictures behind each step."""

from __future__ import annotations

import pytest

from toolkit.report.labels import Label
from toolkit.report.ledger_flow import behind_step, flow_in_words, flows, step_cells
from toolkit.report.measured import Place
from toolkit.report.subjects import Picture

PLACE = Place("m", "gender presentation", "clip", "woman")
EMPTY = dict.fromkeys(("low", "high", "reference", "q", "not_measurable"))


def row(measure, value, correction="uncorrected", **figures):
    place = {"subject": "m", "attribute": PLACE.attribute, "annotator": "clip", "group": "woman", "slice": "judge"}
    return EMPTY | place | {"measure": measure, "value": value, "correction": correction, "n": 40} | figures


RAW = [
    row("ledger_raw", 0.5),
    row("ledger_kept", 0.4),
    row("ledger_captions", 0.3),
    row("ledger_generated", 0.1, low=0.05, high=0.2),
    row("ledger_change_kept", -0.1, reference="raw", low=-0.2, high=0.0, q=0.3),
    row("ledger_change_captions", -0.1, reference="kept", low=-0.3, high=0.1, q=0.4),
    row("ledger_change_generated", -0.2, reference="captions", low=-0.3, high=-0.1, q=0.001),
    row("ledger_responsible", -0.2, reference="generated", low=-0.3, high=-0.1, q=0.001),
]


def test_raw_comes_first_and_captions_stand_in_every_flow():
    corrected = [
        row("ledger_raw", 0.6, "confusion matrix"),
        row("ledger_generated", 0.2, "confusion matrix"),
        row("ledger_responsible", None, "confusion matrix", not_measurable="no step moves it"),
    ]
    others = [row("ledger_raw", 0.9, slice="cook"), row("ledger_raw", 0.9, group="man"), row("share", 0.9)]
    raw, better = flows([*corrected, *others, *RAW], PLACE, "judge")
    assert [one.share["value"] for one in raw.steps] == [0.5, 0.4, 0.3, 0.1]
    assert (raw.responsible, better.responsible, better.why) == ("generated", None, "no step moves it")
    assert [one.share and one.share["value"] for one in better.steps] == [0.6, None, 0.3, 0.2]


def test_the_step_is_named_with_its_points():
    (flow,) = flows(RAW, PLACE, "judge")
    words = "The share of women is moved most by the model: -20 [-30, -10] points from named by captions; q = 0.001."
    assert flow_in_words(flow, "woman") == words
    cells = [one.replace("\N{NO-BREAK SPACE}", " ") for one in step_cells(flow.steps[3], flow.responsible)]
    expected = ["painted", "10 % [5, 20]", "40", "-20 [-30, -10] from named by captions", "q = 0.001", "moved it most"]
    assert cells == expected
    assert step_cells(flow.steps[1], flow.responsible)[-1] == ""
    nothing = flow._replace(responsible=None, why="no step moves it beyond chance (least q 0.3)")
    assert flow_in_words(nothing, "woman") == ("No step is to be blamed: no step moves it beyond chance (least q 0.3).")


@pytest.mark.parametrize(
    ("step", "expected"),
    [("raw", ["a", "b", "c"]), ("kept", ["a", "b"]), ("captions", ["b"]), ("generated", ["p"])],
)
def test_behind_each_step_are_the_pictures_that_its_annotator_read(step, expected):
    def label(annotator, attribute=PLACE.attribute):
        return Label(annotator, attribute, "woman", 0.9, abstained=False, likeliest="woman")

    pairs = [
        Picture("pair", "a", "data:x", "judge", "judge"),
        Picture("pair", "b", "data:y", "judge", "woman judge", neutral=False),
        Picture("dropped", "c", "data:x", "judge", "judge"),
        Picture("pair", "d", "data:x", "cook", "cook"),
    ]
    painted = [Picture("sample", "p", "m", "judge", "judge"), Picture("sample", "o", "other", "judge", "judge")]
    labels = {(one.kind, one.subject_id): [label("clip"), label("clip", "skin tone")] for one in [*pairs, *painted]}
    labels["pair", "b"].append(label("caption-words"))
    found = behind_step(step, PLACE, "judge", {"pairs": pairs, "painted": painted}, labels)
    assert [one.picture.subject_id for one in found] == expected
    assert {one.told for one in found} == {"woman"}
