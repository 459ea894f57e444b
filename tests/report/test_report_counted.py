"""Pictures that a measure counts: of its subject, slice and annotators, each once."""

from __future__ import annotations

from toolkit.report.counted import counted, told_of
from toolkit.report.labels import Label
from toolkit.report.subjects import Picture

ROW = {"subject": "m", "slice": "all", "attribute": "gender presentation", "annotator": "clip"}
BOTH = ROW | {"attribute": "gender presentation & skin tone", "annotator": "clip & tones", "group": "woman & monk-3"}


def label(annotator, attribute, value):
    return Label(annotator, attribute, value, 0.9, abstained=value is None, likeliest=value)


GENDER, TONE = label("clip", "gender presentation", "woman"), label("tones", "skin tone", "monk-3")
UNTOLD = label("tones", "skin tone", None)
PICTURES = [
    Picture("sample", "a", "m", "judge", "judge"),
    Picture("sample", "a", "m", "cook", "judge"),
    Picture("sample", "b", "m", "judge", "judge"),
    Picture("sample", "c", "m", "judge", "judge"),
    Picture("sample", "d", "other", "judge", "judge"),
]
LABELS = {
    ("sample", "a"): [GENDER, TONE],
    ("sample", "b"): [GENDER, UNTOLD],
    ("sample", "c"): [TONE],
    ("sample", "d"): [GENDER, TONE],
}


def test_a_picture_of_two_slices_counts_once_over_all():
    assert [one.picture.subject_id for one in counted(PICTURES, LABELS, ROW)] == ["a", "b"]
    assert [one.picture.subject_id for one in counted(PICTURES, LABELS, ROW | {"slice": "cook"})] == ["a"]


def test_two_attributes_together_count_what_both_annotators_read():
    found = counted(PICTURES, LABELS, BOTH)
    assert [(one.picture.subject_id, one.told) for one in found] == [("a", "woman & monk-3"), ("b", "not told")]


def test_a_dataset_picture_counts_where_its_caption_is_neutral():
    pairs = [Picture("pair", "x", "data:a", "judge", "woman judge", neutral=False)]
    labels = {("pair", "x"): [GENDER, label("caption-words", "gender presentation", "woman")]}
    row = ROW | {"subject": "data:a"}
    assert counted(pairs, labels, row) == []
    assert len(counted(pairs, labels, row | {"annotator": "caption-words"})) == 1


def test_what_was_told_needs_every_label():
    assert told_of([GENDER, TONE]) == "woman & monk-3"
    assert told_of([GENDER, UNTOLD]) == told_of([]) == "not told"
