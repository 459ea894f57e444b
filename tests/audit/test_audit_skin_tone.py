"""Skin tones by colour: on the published tones, on a photograph, and on the real emoji of three vendors."""

import json
from collections import Counter

import numpy as np
import pytest
from audited import YELLOW, face
from skimage import data

from toolkit.audit.annotators.annotator import Picture
from toolkit.audit.annotators.skin_tone import OUTSIDE, SkinToneAnnotator, face_colours
from toolkit.audit.annotators.skin_type import SkinTypeAnnotator
from toolkit.audit.recipe import SkinToneRecipe
from toolkit.images import decode
from toolkit.sources import open_source
from toolkit.statistics.skin import MONK_COLOURS, fitzpatrick, ita

TONES = ("light", "medium-light", "medium", "medium-dark", "dark")
VENDORS = ("emoji/google", "emoji/twitter", "emoji/fluent")


def read(*pixels, **settings):
    pictures = [Picture("sample", str(place), "judge", "judge", one) for place, one in enumerate(pixels)]
    return SkinToneAnnotator(SkinToneRecipe(**settings)).annotate(pictures)


@pytest.fixture(scope="module")
def emoji():
    """Readings of every profession with one person in the bundled sample, by vendor and tone named."""
    found = {}
    for row in open_source("zoo:sample").rows():
        meta = json.loads(row.meta)
        if meta.get("subcategory") == "person-role" and len(meta["skin_tones"]) <= 1 and row.data is not None:
            (label,) = read(decode(row.data, longest_side=256))
            found.setdefault((row.source, meta["skin_tone"]), []).append(label)
    return found


@pytest.mark.parametrize("tone", range(1, 11))
def test_each_published_tone_is_read_as_itself(tone):
    hair = (20, 20, 90) if tone > 7 else (49, 45, 45)
    (label,) = read(face(MONK_COLOURS[tone - 1], hair=hair))
    assert label.value == f"monk-{tone}"
    assert sum(label.probabilities.values()) == pytest.approx(1, abs=1e-3)


def test_probabilities_name_all_ten_tones_and_what_lies_outside():
    (label,) = read(face(YELLOW))
    assert set(label.probabilities) == {*(f"monk-{tone}" for tone in range(1, 11)), OUTSIDE}
    assert max(label.probabilities, key=label.probabilities.get) == OUTSIDE
    assert (label.value, label.abstained) == (None, True)


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (128, 128, 128), (200, 20, 40), (30, 60, 220)])
def test_a_picture_of_one_colour_that_is_no_skin_abstains(colour):
    (label,) = read(np.full((64, 64, 3), colour, np.uint8))
    assert label.abstained
    assert label.value is None


def test_two_rival_colours_abstain_and_settings_say_when():
    half = face((224, 172, 105)).copy()
    half[:, :32] = face((96, 65, 52))[:, :32]
    assert read(half)[0].abstained
    assert read(half, max_rival=1.0)[0].value in ("monk-5", "monk-6", "monk-8")
    assert read(face((224, 172, 105)), min_share=0.99)[0].abstained


def test_a_photograph_of_a_light_face_is_read_light():
    (label,) = read(np.ascontiguousarray(data.astronaut()[0:220, 120:320]))
    assert label.value in ("monk-3", "monk-4", "monk-5", "monk-6")


def test_size_does_not_change_a_reading():
    small = face((160, 126, 86))
    large = np.kron(small, np.ones((4, 4, 1), np.uint8))
    assert read(small)[0].value == read(large)[0].value == "monk-6"
    assert face_colours(large)[0].share == pytest.approx(face_colours(small)[0].share, abs=0.03)


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (3, 2)])
def test_a_sliver_of_a_picture_is_no_error(size):
    (label,) = read(np.full((*size, 3), 200, np.uint8))
    assert label.abstained


@pytest.mark.parametrize("vendor", VENDORS)
def test_real_emoji_go_from_light_to_dark_as_their_names_do(emoji, vendor):
    means = []
    for tone in TONES:
        told = [int(one.value.removeprefix("monk-")) for one in emoji[vendor, tone] if not one.abstained]
        assert len(told) >= 0.75 * len(emoji[vendor, tone])
        means.append(np.mean(told))
    assert means == sorted(means)
    assert means[-1] - means[0] >= 3


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_yellow_of_real_emoji_abstains(emoji, vendor):
    yellow = emoji[vendor, None]
    assert sum(one.abstained for one in yellow) >= 0.97 * len(yellow)
    top = Counter(max(one.probabilities, key=one.probabilities.get) for one in yellow)
    assert top[OUTSIDE] >= 0.9 * len(yellow)


@pytest.mark.parametrize(
    ("skin", "grade"), [((246, 237, 228), 1), ((215, 189, 150), 2), ((160, 126, 86), 4), ((96, 65, 52), 6)]
)
def test_the_same_face_colour_is_graded_by_its_typology_angle(skin, grade):
    (label,) = SkinTypeAnnotator(SkinToneRecipe()).annotate([Picture("sample", "0", "judge", "", face(skin))])
    assert label.value == f"type-{grade}"
    assert fitzpatrick(ita(skin)) == grade


def test_what_is_outside_human_skin_has_no_type_either():
    (label,) = SkinTypeAnnotator(SkinToneRecipe()).annotate([Picture("sample", "0", "judge", "", face(YELLOW))])
    assert label.abstained
    assert max(label.probabilities, key=label.probabilities.get) == OUTSIDE
