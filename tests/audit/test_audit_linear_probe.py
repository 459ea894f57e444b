"""The linear probe: it learns an attribute from pictures of known truth and is tried on concepts it has not seen."""

import numpy as np
import pytest
from statsmodels.discrete.discrete_model import Logit

from toolkit.audit.annotators.annotator import Picture, create_annotators
from toolkit.audit.annotators.linear_probe import learns_from
from toolkit.audit.annotators.logistic import fit_logistic
from toolkit.audit.recipe import GENDER, SKIN_TONE, AuditRecipe
from toolkit.caption_words import caption_about
from toolkit.errors import RecipeError
from toolkit.images import decode, encode_png
from toolkit.models.pairing import load_pairing
from toolkit.sources import open_source


def test_it_fits_as_statsmodels_does_where_nothing_is_regularised(monkeypatch):
    monkeypatch.setattr("toolkit.audit.annotators.logistic.STRENGTHS", (1e-12,))
    stream = np.random.default_rng(0)
    vectors = stream.normal(size=(400, 3))
    classes = (stream.random(400) < 1 / (1 + np.exp(-(vectors @ [1.0, -2.0, 0.5])))).astype(int)
    balanced = np.flatnonzero(classes == 0)[: classes.sum()], np.flatnonzero(classes == 1)
    some = np.sort(np.concatenate([balanced[0], balanced[1][: len(balanced[0])]]))
    model = fit_logistic(vectors[some], classes[some].tolist(), [str(place % 9) for place in some])
    theirs = Logit(classes[some], np.column_stack([vectors[some], np.ones(len(some))])).fit(disp=0)
    assert model.weights[:, 1] - model.weights[:, 0] == pytest.approx(theirs.params, abs=1e-3)
    assert model.probabilities(vectors)[:, 1] == pytest.approx(
        theirs.predict(np.column_stack([vectors, np.ones(400)])), abs=1e-3
    )


def test_a_rare_class_is_not_drowned_and_what_one_concept_alone_shows_is_not_learnt():
    stream = np.random.default_rng(1)
    classes = (np.arange(600) % 20 == 0).astype(int)
    groups = [str(place % 30) for place in range(600)]
    by_heart = np.eye(30)[np.arange(600) % 30] * 3  # tells the concept, and so the class of none but its own
    vectors = np.concatenate([stream.normal(size=(600, 4)) + 2 * classes[:, None], by_heart], axis=1)
    model = fit_logistic(vectors, classes.tolist(), groups)
    fresh = np.concatenate([stream.normal(size=(200, 4)) + 2, np.zeros((200, 30))], axis=1)
    assert (model.probabilities(fresh)[:, 1] > 0.5).mean() > 0.9
    with pytest.raises(ValueError, match="1 class"):
        fit_logistic(vectors, [0] * 600, groups)


@pytest.fixture(scope="module")
def network():
    return load_pairing("zoo:clip")


@pytest.fixture(scope="module")
def people(network):
    """Emoji of people whose names say woman or man, with their embeddings, as dataset pictures."""
    found = []
    for row in open_source("zoo:sample").rows():
        about = caption_about(row.caption or "", row.meta, ())
        if about.base and about.gender and not about.several:
            pixels = decode(row.data, longest_side=256)
            found.append((Picture("pair", row.sample_id, about.base, row.caption, pixels), about.gender))
    vectors = network.embed_images([one.pixels for one, _ in found])
    return [(Picture(**one.__dict__ | {"embedding": v}), g) for (one, g), v in zip(found, vectors, strict=True)]


def test_it_reads_people_of_concepts_that_it_has_not_learnt_from_and_passes_over_the_others(network, people):
    (probe,) = create_annotators(AuditRecipe(annotators=("linear-probe",)), lambda: network)
    labels = {one.subject_id: one for one in probe.annotate([one for one, _ in people])}
    unseen = [(one, truth) for one, truth in people if not learns_from(one.concept)]
    assert set(labels) == {one.subject_id for one, _ in unseen}
    told = [(labels[one.subject_id].value, truth) for one, truth in unseen if not labels[one.subject_id].abstained]
    assert len(told) > 0.6 * len(unseen)
    assert np.mean([value == truth for value, truth in told]) > 0.85


def test_it_abstains_on_a_blank_picture_and_labels_every_sample(network, people):
    (probe,) = create_annotators(AuditRecipe(annotators=("linear-probe",)), lambda: network)
    blank = np.full((64, 64, 3), 255, np.uint8)
    vector = network.embed_images([blank])[0]
    samples = [Picture("sample", str(place), one.concept, "", one.pixels, embedding=one.embedding)
               for place, (one, _) in enumerate(people[:30])]  # fmt: skip
    labels = probe.annotate([*samples, Picture("sample", "blank", "judge", "judge", blank, embedding=vector)])
    assert len(labels) == 31
    assert labels[-1].abstained
    assert all(sum(one.probabilities.values()) == pytest.approx(1, abs=2e-4) for one in labels)


def test_it_learns_other_attributes_and_from_a_table_of_your_own(network, tmp_path):
    recipe = {"annotators": ("linear-probe",), "linear_probe": {"attribute": SKIN_TONE}}
    (probe,) = create_annotators(AuditRecipe.model_validate(recipe), lambda: network)
    assert probe.values == tuple(
        f"{tone} skin tone" for tone in ("dark", "light", "medium", "medium-dark", "medium-light")
    )
    rows = ["image,caption,gender_presentation,concept"]
    for place in range(24):
        name = f"{place}.png"
        (tmp_path / name).write_bytes(encode_png(np.full((32, 32, 3), (place % 2) * 200 + place, np.uint8)))
        rows.append(f"{name},judge {place},{('woman', 'man')[place % 2]},role {place // 2}")
    (tmp_path / "mine.csv").write_text("\n".join(rows))
    own = {"annotators": ("linear-probe",), "linear_probe": {"training": str(tmp_path / "mine.csv")}}
    (mine,) = create_annotators(AuditRecipe.model_validate(own), lambda: network)
    assert (mine.attribute, mine.values) == (GENDER, ("man", "woman"))
    assert mine.version != probe.version


def test_pictures_that_say_nothing_of_the_attribute_teach_nothing(network):
    recipe = {"annotators": ("linear-probe",), "linear_probe": {"attribute": "mood"}}
    with pytest.raises(RecipeError, match="known mood of 0 values"):
        create_annotators(AuditRecipe.model_validate(recipe), lambda: network)
