"""What pixels say of pictures: planted differences are found, mixes of concepts are none, and old labels say so."""

import numpy as np
import pytest
from audited import painted, write_dataset, write_table
from shown import Shown, evidence_of, rows_of

from toolkit import schema
from toolkit.audit.content import SCORES, Content, read_content, scores_of
from toolkit.audit.measuring.measure import measure
from toolkit.audit.stage import audit, label
from toolkit.audit.subjects import Subject
from toolkit.images import decode
from toolkit.store import open_run

BRIGHT = SCORES.index("brightness")


def measured(pictures, brightness):
    """Measure `pictures`, of which the brightness is planted; None for what could not be scored."""
    values = np.random.default_rng(0).random((len(pictures), len(SCORES)))
    values[:, BRIGHT] = [np.nan if one is None else one for one in brightness]
    evidence = evidence_of(pictures)._replace(content=Content(values))
    return schema.from_rows("measures", measure(evidence)).to_pylist()


def shown(concept, count, *, value="woman", kind="sample", first_seed=0):
    origin = "m" if kind == "sample" else "data:art"
    seeds = range(first_seed, first_seed + count) if kind == "sample" else [None] * count
    return [Shown(kind, concept, value, concept, seed, origin=origin) for seed in seeds]


def noise(count, mean, seed):
    return (mean + 0.05 * np.random.default_rng(seed).normal(size=count)).tolist()


def only(rows, measure, group="brightness", where="all", **wanted):
    (row,) = rows_of(rows, measure=measure, group=group, slice=where, **wanted)
    return row


@pytest.fixture(scope="module")
def rows():
    """Judges are painted darker than the data has them, tailors as it has them; of the judges women are brighter."""
    pictures, brightness = [], []
    for concept, kind, value, mean in (
        ("judge", "sample", "woman", 0.5),
        ("judge", "sample", "man", 0.4),
        ("tailor", "sample", "woman", 0.8),
        ("tailor", "sample", "man", 0.8),
        ("judge", "pair", "woman", 0.6),
        ("tailor", "pair", "woman", 0.8),
    ):
        pictures += shown(concept, 30, value=value, kind=kind, first_seed=len(pictures))
        brightness += noise(30, mean, len(pictures))
    return measured([*pictures, Shown("sample", "judge", None, "judge", 999)], [*brightness, None])


def test_means_have_intervals_where_pictures_were_drawn(rows):
    mean = only(rows, "content_mean", where="judge", subject="m")
    assert mean["low"] < 0.45 < mean["high"]
    assert (mean["n"], mean["abstained"], mean["method"]) == (60, 1, "bootstrap of draws")
    census = only(rows, "content_mean", where="judge", subject="data:art")
    assert census["value"] == pytest.approx(0.6, abs=0.03)
    assert census["low"] is None


def test_what_is_darker_than_the_data_is_found_concept_by_concept(rows):
    judge, tailor = (only(rows, "content_difference_from_data", where=one) for one in ("judge", "tailor"))
    assert judge["high"] < -judge["floor"] < 0
    assert judge["q"] < 0.001
    assert tailor["low"] < 0 < tailor["high"]
    assert only(rows, "content_difference_from_data")["value"] == pytest.approx(judge["value"] / 2, abs=0.01)


def test_a_group_that_is_painted_brighter_is_found(rows):
    wanted = {"measure": "content_difference_between_groups", "group": "brightness: woman against man", "subject": "m"}
    judge, tailor = (only(rows, **wanted, where=one) for one in ("judge", "tailor"))
    assert judge["low"] < 0.1 < judge["high"]
    assert judge["low"] > judge["floor"]
    assert judge["q"] < 0.05
    assert tailor["low"] < 0 < tailor["high"]
    assert (judge["attribute"], judge["annotator"], judge["abstained"]) == ("gender presentation", "clip", 1)
    assert not rows_of(rows, group="brightness: man against woman")


def test_a_group_that_is_painted_doing_something_else_is_no_difference():
    mostly = shown("judge", 35, value="man") + shown("judge", 8, value="woman", first_seed=35)
    mostly += shown("tailor", 8, value="man", first_seed=43) + shown("tailor", 35, value="woman", first_seed=51)
    rows = measured(mostly, noise(43, 0.3, 1) + noise(43, 0.9, 2))
    row = only(rows, "content_difference_between_groups", "brightness: woman against man")
    assert row["low"] < 0 < row["high"]
    assert abs(row["value"]) < 0.05


def test_a_mix_of_concepts_is_no_difference_from_the_data():
    pictures = shown("judge", 40) + shown("tailor", 5, first_seed=40)
    pictures += shown("judge", 5, kind="pair") + shown("tailor", 40, kind="pair")
    rows = measured(pictures, noise(40, 0.3, 1) + noise(5, 0.9, 2) + noise(5, 0.3, 3) + noise(40, 0.9, 4))
    assert abs(only(rows, "content_difference_from_data")["value"]) < 0.06


def test_few_pictures_and_old_labels_say_why_nothing_is_told():
    rows = measured(shown("judge", 1) + shown("tailor", 1, first_seed=1), [0.5, None])
    assert "have no interval" in only(rows, "content_mean", where="judge")["not_measurable"]
    assert only(rows, "content_mean", where="tailor")["not_measurable"] == "none of 1 pictures could be scored"
    assert "give the run" in only(rows, "content_difference_from_data", where="judge")["not_measurable"]
    assert "at least 5 pictures each" in only(rows, "content_difference_between_groups", "all")["not_measurable"]
    old = schema.from_rows("measures", measure(evidence_of(shown("judge", 9)))).to_pylist()
    (row,) = rows_of(old, measure="content_mean")
    assert "label them again" in row["not_measurable"]


def test_every_picture_that_can_be_read_is_scored_once_and_found_again(tmp_path, tiny_clip):
    table = write_table(tmp_path / "theirs", [*painted(), {"prompt": "judge", "data": b"not a picture"}])
    recipe = {"pairing": str(tiny_clip), "annotators": ["skin-tone"]}
    run = audit(table, tmp_path / "audit", data=write_dataset(tmp_path / "data"), recipe=recipe)
    kept = run.read("content").to_pylist()
    assert run.stages["audit"]["counts"]["content"] == len(kept) == 12 + 8
    assert not run.has("embeddings")
    sample = next(one for one in run.read("samples").to_pylist() if one["error"] is None)
    (row,) = [one for one in kept if one["subject_id"] == sample["request_id"]]
    scores = scores_of(decode((run.path / sample["image_path"]).read_bytes()))
    assert {name: row[name] for name in SCORES} == scores
    subjects = [Subject("sample", one, "m", (), "", "", {}, tmp_path) for one in ("of nobody", sample["request_id"])]
    found = read_content(open_run(run.path), subjects)
    assert found.has(np.array([0, 1])).tolist() == [False, True]
    assert found.values[1, BRIGHT] == scores["brightness"]
    again = audit(label(run, tmp_path / "labelled", recipe=recipe), tmp_path / "again", recipe=recipe)
    assert rows_of(again.read("measures").to_pylist(), measure="content_mean", slice="judge")


def test_pictures_are_scored_at_one_size():
    pixels = np.random.default_rng(0).integers(0, 256, (64, 32, 3), dtype=np.uint8)
    assert scores_of(pixels.repeat(4, axis=0).repeat(4, axis=1)) == scores_of(pixels)
    assert scores_of(np.full((64, 64, 3), 200, np.uint8))["centredness"] is None
