"""Texts that stand where a caption should be."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reasons import reasons

from toolkit.curate.captions.junk import KINDS, CaptionJunk, is_file_name, junk_kind
from toolkit.curate.captions.kinds import UnwantedKinds
from toolkit.curate.captions.recipe import CaptionRecipe
from toolkit.curate.captions.rules import rules
from toolkit.curate.scorer import Batch, Facts


@pytest.mark.parametrize(
    ("kind", "captions"),
    [
        ("camera", "IMG_1234|DSC00012|DSCN0001.JPG|P1010001|100_0123|IMG_20200101_123456|img 1234 (2)|MVI_0042.mov"),
        ("camera", "Screenshot 2020-01-02 at 10.11.12 AM|WhatsApp Image 2020-01-02 at 10.11.12|12345678_1234567890_n"),
        ("file_name", "red_apple.jpg|Red apple.PNG|d41d8cd98f00b204e9800998ecf8427e"),
        ("file_name", "3f2504e0-4f89-11d3-9a0c-0305e82c3301"),
        ("url", "http://example.org/a.jpg?b=c|www.example.org|example.com"),
        ("number", "1984|1920x1080|3 / 5|(12)"),
        ("placeholder", "untitled|Untitled-1|Click to Enlarge!|null|N/A|no image available|Sin título|無題"),
        ("generic", "image|Photo 12|Image 3 of 5|Bild|various cliparts|写真"),
    ],
)
def test_junk_is_of_a_kind(kind: str, captions: str) -> None:
    found = {caption: junk_kind(caption) for caption in captions.split("|")}
    assert found == dict.fromkeys(found, kind)


@pytest.mark.parametrize(
    "caption",
    [
        "a dog",
        "photo of a dog",
        "home",
        "keycap 1",
        "the year 1984",
        "vintage 1950 radio",
        "screenshot of a spreadsheet",
        "click beetle on a leaf",
        "image of Saint George, 1472",
        "E-420 camera",
        "a decade",
        "",
        "❤️",
    ],
)
def test_what_tells_anything_is_no_junk(caption: str) -> None:
    assert junk_kind(caption) == ""


@pytest.mark.parametrize(
    ("caption", "file_name", "same"),
    [
        ("Red apple", "red_apple.jpg", True),
        ("red apple", "Red-Apple-300x200.png", True),
        ("red apple", "red%20apple@2x.webp", True),
        ("pomme d’été", "pomme-d-été.jpg", True),
        ("a red apple", "red_apple.jpg", False),
        ("red apple", "red_apple_01.jpg", False),
        ("", "", False),
        ("...", "---.jpg", False),
    ],
)
def test_a_caption_can_be_its_own_file_name(caption: str, file_name: str, same: bool) -> None:
    assert is_file_name(caption, file_name) == same
    assert (junk_kind(caption, file_name) == "own_file_name") == same


@given(st.text(max_size=300), st.text(max_size=60))
def test_every_text_is_of_a_known_kind_or_none(caption: str, file_name: str) -> None:
    assert junk_kind(caption, file_name) in {"", *KINDS}


@given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=30))
def test_any_name_is_its_own_file_name(name: str) -> None:
    assert is_file_name(name, f"{name}.jpeg")


def test_the_rule_takes_the_kinds_that_are_named() -> None:
    facts = [Facts(file_name=name) for name in ("a.jpg", "b.jpg", "blue_hat.jpg")]
    scores = CaptionJunk().score(Batch(captions=["IMG_1234", "a cat", "Blue hat"], facts=facts))
    rows = pa.table({"sample_id": list("abc"), **scores})
    (rule,) = (one for one in rules(CaptionRecipe()) if one.name == "caption_junk")
    assert {row: one.text for row, one in reasons(rule.judge(rows)).items()} == {
        0: "caption is the name that a camera, a scanner or a screenshot gave"
    }
    (strict,) = (one for one in rules(CaptionRecipe(junk=("own_file_name",))) if one.name == "caption_junk")
    assert {row: one.value for row, one in reasons(strict.judge(rows)).items()} == {2: "own_file_name"}


def test_the_recipe_offers_every_kind() -> None:
    assert CaptionRecipe(junk=tuple(KINDS)).junk == tuple(KINDS)
    nobody = UnwantedKinds("caption_junk", "caption_junk", tuple(KINDS), KINDS)
    assert reasons(nobody.judge(pa.table({"sample_id": ["a"], "caption_junk": [""]}))) == {}
