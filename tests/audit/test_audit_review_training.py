"""What people say of uncertain pictures teaches a linear probe, and random reviews do not."""

import io
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from toolkit.audit.annotators.annotator import create_annotators
from toolkit.audit.recipe import AuditRecipe
from toolkit.audit.reviewing.reviewable import Reviewable
from toolkit.audit.reviewing.training_set import training_set, uncertain_verdicts
from toolkit.audit.subjects import Subject
from toolkit.caption_words import caption_about
from toolkit.images import decode
from toolkit.models.pairing import load_pairing
from toolkit.sources import open_source

GENDER = "gender presentation"
ENOUGH = 150


def said(subject, value, reviewer="ann", queue="uncertain", kind="sample", attribute=GENDER):
    names = ("subject_id", "value", "reviewer", "queue", "subject_kind", "attribute")
    return dict(zip(names, (subject, value, reviewer, queue, kind, attribute), strict=True))


def test_the_majority_of_uncertain_reviews_alone_is_learnt():
    reviews = [
        said("a", "woman"),
        said("b", "woman", queue="random"),
        said("c", "woman", kind="pair"),
        said("d", "woman", attribute="skin tone"),
        said("e", None),
        said("f", "woman"),
        said("f", "man", "ben"),
        said("g", "woman"),
        said("g", "man"),  # the last word of ann
    ]
    assert uncertain_verdicts(reviews, "sample", GENDER) == {"a": "woman", "g": "man"}


def test_a_probe_learns_from_the_training_set(tmp_path: Path):
    network = load_pairing("zoo:clip")
    subjects, pictures, verdicts = [], {}, {}
    for place, row in enumerate(open_source("zoo:sample").rows()):
        about = caption_about(row.caption or "", row.meta, ())
        if len(subjects) < ENOUGH and about.base and about.gender and not about.several and row.data is not None:
            name = str(place)
            subjects.append(Subject("sample", name, "m", (about.base,), about.base, about.base, {}, Path()))
            pictures[name], verdicts[name] = row.data, about.gender
    found = Reviewable("sample", GENDER, tuple(subjects), (), ("man", "woman"), (), {})
    assert len(subjects) == ENOUGH
    file = tmp_path / "reviewed.parquet"
    file.write_bytes(training_set(found, verdicts, pictures))
    recipe = AuditRecipe(annotators=["linear-probe"], linear_probe={"training": str(file)})
    (probe,) = create_annotators(recipe, lambda: network)
    assert probe.values == ("man", "woman")
    vectors = network.embed_images([decode(data, longest_side=256) for data in pictures.values()])
    read = np.array(probe.values)[probe.model.probabilities(vectors).argmax(axis=1)]
    assert (read == np.array(list(verdicts.values()))).mean() > 0.9


def test_pictures_that_nobody_can_read_any_more_are_left_out():
    subjects = tuple(Subject("sample", name, "m", ("judge",), "judge", "a judge", {}, Path()) for name in "ab")
    found = Reviewable("sample", "skin tone", subjects, (), ("monk-1", "monk-2"), (), {})
    table = pq.read_table(io.BytesIO(training_set(found, {"a": "monk-1", "b": "monk-2"}, {"b": b"picture"})))
    assert table.to_pylist() == [
        {
            "image": {"bytes": b"picture", "path": None},
            "caption": "a judge",
            "concept": "judge",
            "skin tone": "monk-2",
        }
    ]
