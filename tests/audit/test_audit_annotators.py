"""Annotators other than the one of skin: zero-shot, nearest variant, caption words, and how they are found."""

import numpy as np
import pytest
from audited import YELLOW, face
from hypothesis import given
from hypothesis import strategies as st

from toolkit.audit.annotators.annotator import GROUP, Picture, create_annotators
from toolkit.audit.annotators.caption_words import CaptionWords
from toolkit.audit.annotators.clip import ClipAnnotator
from toolkit.audit.annotators.nearest_variant import NearestVariantAnnotator
from toolkit.audit.recipe import AuditRecipe, NearestVariantRecipe, ZeroShotRecipe
from toolkit.errors import RecipeError
from toolkit.models.pairing import load_pairing


class Directions:
    """A text tower whose answer is known: texts with `woman` or `female` point one way, all others another."""

    fingerprint = "known-directions"
    logit_scale = 10.0

    def embed_texts(self, texts, *, batch_size=64):
        women = [("woman" in text) or ("female" in text) for text in texts]
        return np.array([(1, 0) if one else (0, 1) for one in women], np.float32)


def picture(name, embedding, pixels=None, **given):
    vector = np.asarray(embedding, np.float32)
    pixels = face(YELLOW) if pixels is None else pixels
    return Picture("pair", name, "judge", "judge", pixels, embedding=vector / np.linalg.norm(vector), **given)


def zero_shot(**settings):
    return ClipAnnotator(ZeroShotRecipe(**settings), Directions())


def test_zero_shot_reads_the_nearest_text_and_abstains_between_two():
    woman, man, between = zero_shot().annotate(
        [picture("a", (1, 0.1)), picture("b", (0.1, 1)), picture("c", (1, 1.01))]
    )
    assert (woman.value, man.value, between.value) == ("woman", "man", None)
    assert between.abstained
    assert between.probabilities["man"] == pytest.approx(0.5, abs=0.05)


@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1))
def test_probabilities_sum_to_one_and_abstention_follows_the_thresholds(x, y, probability, margin):
    if abs(x) + abs(y) < 1e-3:
        return
    (label,) = zero_shot(min_probability=probability, min_margin=margin).annotate([picture("a", (x, y))])
    first, second = sorted(label.probabilities.values(), reverse=True)
    assert first + second == pytest.approx(1, abs=2e-4)
    similarity = round(max(x, y) / float(np.hypot(x, y)), 4)  # of the nearer of the two directions
    if abs(similarity - 0.2) > 1e-3:
        assert label.abstained == (first < probability or first - second < margin or similarity < 0.2)
    assert (label.value is None) == label.abstained


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_an_empty_picture_shows_nobody_however_sure_the_network_is(grey):
    (label,) = zero_shot().annotate([picture("a", (1, 0), np.full((64, 64, 3), grey, np.uint8))])
    assert label.abstained
    assert label.probabilities["woman"] > 0.99


def test_a_picture_of_something_else_shows_nobody_however_far_apart_the_values_are():
    sure, something_else = zero_shot().annotate([picture("a", (1, -0.5)), picture("b", (0.1, -1))])
    assert sure.value == "woman"
    assert something_else.abstained
    assert something_else.probabilities["woman"] > 0.99


def test_a_real_network_labels_a_picture_the_same_in_any_company(tiny_clip):
    network = load_pairing(tiny_clip)
    pixels = [face((20 * place, 90, 60), long_hair=place % 2 == 0) for place in range(10)]
    vectors = network.embed_images(pixels)
    pictures = [
        picture(str(place), vector, one) for place, (vector, one) in enumerate(zip(vectors, pixels, strict=True))
    ]
    annotator = ClipAnnotator(ZeroShotRecipe(), network)
    together = annotator.annotate(pictures)
    assert [ClipAnnotator(ZeroShotRecipe(), network).annotate([one])[0] for one in pictures] == together
    assert network.fingerprint[:8] in annotator.version


def test_zero_shot_without_an_embedding_is_an_error_of_the_caller():
    with pytest.raises(ValueError, match="has no embedding"):
        zero_shot().annotate([Picture("pair", "a", "judge", "judge", face(YELLOW))])


def test_one_value_is_nothing_to_choose_from():
    with pytest.raises(ValueError, match="at least two values"):
        ZeroShotRecipe(prompts={"woman": ("woman",)})


def family(neutral, **settings):
    woman, man = face(YELLOW, long_hair=True), face(YELLOW, hair=(90, 60, 20))
    pictures = [
        picture("n", (1, 1), neutral, family="f"),
        picture("w", (1, 1), woman, family="f", gender="woman"),
        picture("m", (1, 1), man, family="f", gender="man"),
    ]
    return NearestVariantAnnotator(NearestVariantRecipe(**settings)).annotate(pictures)


def test_the_neutral_drawing_is_read_as_the_variant_it_repeats():
    assert [one.value for one in family(face(YELLOW, long_hair=True))] == ["woman"]
    assert [one.value for one in family(face(YELLOW, hair=(90, 60, 20)))] == ["man"]


def test_a_drawing_halfway_between_abstains():
    woman, man = face(YELLOW, long_hair=True).astype(int), face(YELLOW, hair=(90, 60, 20)).astype(int)
    (label,) = family(((woman + man) // 2).astype(np.uint8), min_margin=0.3)
    assert label.abstained
    assert label.probabilities["woman"] == pytest.approx(0.5, abs=0.15)


def test_variants_that_are_drawn_alike_say_nothing():
    (label,) = family(face(YELLOW, long_hair=True), min_contrast=80)
    assert label.abstained


def test_a_picture_without_both_siblings_gets_no_label():
    alone = [picture("n", (1, 1), family="f"), picture("w", (1, 1), family="f", gender="woman"), picture("x", (1, 0))]
    assert NearestVariantAnnotator(NearestVariantRecipe()).annotate(alone) == []


def test_swapping_the_variants_swaps_the_reading():
    woman, man = face(YELLOW, long_hair=True), face(YELLOW, hair=(90, 60, 20))
    annotator = NearestVariantAnnotator(NearestVariantRecipe())
    neutral = picture("n", (0.3, 1), face(YELLOW, hair=(70, 50, 30)), family="f")

    def read(first, second):
        siblings = [picture("w", (1, 0), first, family="f", gender="woman"),
                    picture("m", (0, 1), second, family="f", gender="man")]  # fmt: skip
        return annotator.annotate([neutral, *siblings])[0].probabilities

    mirrored = NearestVariantAnnotator(NearestVariantRecipe()).annotate(
        [neutral, picture("w", (0, 1), man, family="f", gender="woman"),
         picture("m", (1, 0), woman, family="f", gender="man")]
    )[0].probabilities  # fmt: skip
    assert read(woman, man)["woman"] == pytest.approx(mirrored["man"], abs=1e-4)


def test_captions_are_read_by_their_words_and_pictures_never():
    captions = ["woman judge", "a Judge and his gavel", "judge", "husband and wife", "human"]
    pictures = [Picture("pair", str(k), "judge", text, face(YELLOW)) for k, text in enumerate(captions)]
    assert [one.value for one in CaptionWords().annotate(pictures)] == ["woman", "man", None, None, None]


def test_annotators_are_made_in_the_order_of_the_recipe_and_load_no_network_they_do_not_need():
    def refuse():
        raise AssertionError("no annotator here needs a network")

    made = create_annotators(AuditRecipe(annotators=("skin-tone", "caption-words", "skin-tone")), refuse)
    assert [one.name for one in made] == ["skin-tone", "caption-words"]
    with pytest.raises(
        RecipeError,
        match="known are caption-words, clip, faces, linear-probe, nearest-variant, nsfw, skin-tone, skin-type, vqa",
    ):
        create_annotators(AuditRecipe(annotators=("phrenology",)), refuse)


def test_other_peoples_annotators_come_in_by_entry_point(monkeypatch):
    class EntryPoint:
        name = "their-words"

        def load(self):
            return lambda recipe, pairing: CaptionWords()

    monkeypatch.setattr(
        "toolkit.audit.annotators.annotator.entry_points", lambda group: [EntryPoint()] if group == GROUP else []
    )
    (made,) = create_annotators(AuditRecipe(annotators=("their-words",)), lambda: None)
    assert isinstance(made, CaptionWords)
