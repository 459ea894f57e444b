"""Copies go, people stay: exact and perceptual duplicates on real pictures."""

from __future__ import annotations

import io

import numpy as np
import pyarrow as pa
import pytest
from own_fingerprints import OwnFingerprints
from PIL import Image, ImageOps
from reasons import reasons
from skimage import data

from toolkit.curate.duplicates.fingerprints import Fingerprints
from toolkit.curate.duplicates.looks import Looks
from toolkit.curate.duplicates.naive import count_naive
from toolkit.curate.duplicates.sides import sides_named
from toolkit.curate.scorer import Batch

LOOKS = Looks(10, 2.5, 4.5)
RULE = OwnFingerprints(LOOKS)


def _row(sample_id: str, image: Image.Image, caption: tuple[str, ...] = ("", "")) -> dict[str, object]:
    pixels = np.asarray(image.convert("RGB"))
    return {
        "sample_id": sample_id,
        "content_id": f"content-{sample_id}",
        **{name: values[0] for name, values in Fingerprints().score(Batch(thumbnails=[pixels])).items()},
        "people_named": caption[0],
        "gender_named": caption[0],
        "skin_tone_named": caption[1],
        "caption_template": caption[2] if len(caption) > 2 else "",
        "sides_named": sides_named(caption[2]) if len(caption) > 2 else "",
        "width": image.width,
        "height": image.height,
        "source": "test",
    }


def _table(*rows: dict[str, object]) -> pa.Table:
    kinds = Fingerprints().columns
    return pa.table({name: pa.array([row[name] for row in rows], kinds.get(name)) for name in rows[0]})


def _portrait(tone: tuple[int, int, int], hair: tuple[int, int, int] = (40, 30, 30)) -> Image.Image:
    """Draw a face of a skin tone in the middle of a 64 px picture, as an emoji has it."""
    y, x = np.mgrid[:64, :64]
    pixels = np.full((64, 64, 3), 255, np.uint8)
    pixels[(x - 32) ** 2 + (y - 34) ** 2 < 26**2] = hair
    pixels[(x - 32) ** 2 + (y - 38) ** 2 < 17**2] = tone
    return Image.fromarray(pixels)


def _jpeg(image: Image.Image, quality: int) -> Image.Image:
    sink = io.BytesIO()
    image.save(sink, "JPEG", quality=quality)
    return Image.open(sink).convert("RGB")


def _photograph(name: str = "chelsea") -> Image.Image:
    return Image.fromarray(getattr(data, name)()).resize((240, 160))


@pytest.mark.parametrize("name", ["chelsea", "coffee", "astronaut"])
def test_resized_and_recompressed_photographs_are_copies_and_the_largest_stays(name: str) -> None:
    photograph = _photograph(name)
    rows = _table(_row("a", photograph.resize((120, 80))), _row("b", photograph), _row("c", _jpeg(photograph, 60)))
    taken = reasons(RULE.judge(rows))
    assert {row: reason.value for row, reason in taken.items()} == {0: "b", 2: "b"}
    assert taken[0].text == "looks the same as row b, which stays as the largest"


def _cropped(image: Image.Image) -> Image.Image:
    across, down = round(image.width * 0.05), round(image.height * 0.05)
    return image.crop((across, down, image.width - across, image.height - down))


COPIES = {
    "flipped": ImageOps.mirror,
    "cropped": _cropped,
    "black border": lambda image: ImageOps.expand(image, 15, "black"),
    "white border": lambda image: ImageOps.expand(image, 15, "white"),
    "low quality": lambda image: _jpeg(image, 40),
    "bordered and flipped": lambda image: ImageOps.mirror(ImageOps.expand(image, 15, "black")),
}


@pytest.mark.parametrize("copy", COPIES)
@pytest.mark.parametrize("name", ["chelsea", "coffee", "astronaut"])
def test_changed_photographs_are_copies(name: str, copy: str) -> None:
    photograph = _photograph(name)
    others = [_row(f"other-{one}", _photograph(one)) for one in ("chelsea", "coffee", "astronaut") if one != name]
    rows = _table(_row("original", photograph), _row("copy", _jpeg(COPIES[copy](photograph), 85)), *others)
    assert len(RULE.judge(rows).rows) == 1
    assert set(RULE.judge(rows).rows.tolist()) <= {0, 1}


def test_a_recipe_may_tell_mirror_images_and_crops_apart() -> None:
    photograph = _photograph()
    rows = _table(_row("a", photograph), _row("b", ImageOps.mirror(photograph)), _row("c", _cropped(photograph)))
    assert len(RULE.judge(rows).rows) == 2
    assert len(OwnFingerprints(Looks(10, 2.5, 4.5, flips=False)).judge(rows).rows) == 1
    assert len(OwnFingerprints(Looks(10, 2.5, 4.5, crops=False)).judge(rows).rows) == 1


def test_mirror_images_whose_captions_name_other_sides_are_no_copies() -> None:
    photograph = _photograph()
    left, right = ("", "", "a cat that looks left"), ("", "", "a cat that looks to the right")
    assert (
        list(RULE.judge(_table(_row("a", photograph, left), _row("b", ImageOps.mirror(photograph), right))).rows) == []
    )
    assert list(RULE.judge(_table(_row("a", photograph, left), _row("b", ImageOps.mirror(photograph), left))).rows) == [
        1
    ]


def test_rows_that_name_a_skin_tone_are_joined_only_under_one_caption() -> None:
    face = _portrait((224, 187, 149))
    frowning, pouting = ("", "medium", "person frowning: medium"), ("", "medium", "person pouting: medium")
    assert list(RULE.judge(_table(_row("a", face, frowning), _row("b", face, pouting))).rows) == []
    assert list(RULE.judge(_table(_row("a", face, frowning), _row("b", face, frowning))).rows) == [1]


@pytest.mark.parametrize(
    ("caption", "sides"),
    [
        ("woman running facing right", "right"),
        ("Leftwards hand: dark skin tone", "left"),
        ("left and right", "left, right"),
        ("counter-clockwise arrows", "counter-clockwise"),
        ("a bright light that is left-handed", "left"),
        ("bright lights, cleft", ""),
    ],
)
def test_sides_that_captions_name(caption: str, sides: str) -> None:
    assert sides_named(caption) == sides


def test_a_hundred_thousand_blank_pictures_cost_no_more_than_a_few() -> None:
    blank = [_row(str(level), Image.new("RGB", (64, 64), (level, level, level))) for level in (0, 120, 250)]
    few = _table(*blank)
    rows = few.take(pa.array(np.arange(100_000) % 3)).set_column(
        few.schema.get_field_index("sample_id"), "sample_id", pa.array([f"{row:06}" for row in range(100_000)])
    )
    assert len(RULE.judge(rows).rows) == 100_000 - 3


def test_different_photographs_are_no_copies() -> None:
    assert (
        reasons(RULE.judge(_table(*(_row(name, _photograph(name)) for name in ("chelsea", "coffee", "astronaut")))))
        == {}
    )


def test_colour_tells_skin_tones_apart_where_the_hash_and_the_captions_do_not() -> None:
    tones = [(250, 220, 190), (224, 187, 149), (191, 143, 104), (155, 100, 61), (89, 69, 57)]
    rows = _table(*(_row(f"tone-{index}", _portrait(tone)) for index, tone in enumerate(tones)))
    assert count_naive(rows)["rows_lost"] >= 3  # else this test would show nothing
    assert reasons(RULE.judge(rows)) == {}


def test_captions_that_name_other_people_keep_identical_drawings_apart() -> None:
    face = _portrait((224, 187, 149))
    assert reasons(RULE.judge(_table(_row("a", face, ("woman", "")), _row("b", face, ("man", ""))))) == {}
    assert list(reasons(RULE.judge(_table(_row("a", face), _row("b", face))))) == [1]


def test_embeddings_have_the_last_word() -> None:
    photograph = _photograph()
    rows = _table(_row("a", photograph), _row("b", _jpeg(photograph, 70)), _row("c", _jpeg(photograph, 50)))
    vectors = {"content-a": [1, 0], "content-b": [0.99, 0.141], "content-c": [0, 1]}

    def embeddings(content_ids: list[str]) -> np.ndarray:
        return np.array([vectors[one] for one in content_ids], np.float32)

    confirmed = OwnFingerprints(LOOKS, cosine=0.95, embeddings=embeddings)  # type: ignore[arg-type]
    assert list(reasons(confirmed.judge(rows))) == [1]


def test_a_row_without_an_embedding_is_never_confirmed() -> None:
    photograph = _photograph()
    nothing = OwnFingerprints(LOOKS, 0.95, lambda ids: np.full((len(ids), 1), np.nan, np.float32))
    assert reasons(nothing.judge(_table(_row("a", photograph), _row("b", photograph)))) == {}


def test_naive_count_names_the_variants_it_would_lose() -> None:
    rows = _table(
        _row("a", _portrait((250, 220, 190)), ("woman", "light")),
        _row("b", _portrait((89, 69, 57)), ("woman", "dark")),
        _row("c", _portrait((89, 69, 57)), ("woman", "dark")),
        _row("d", _photograph()),
        _row("e", _photograph()),
    )
    assert count_naive(rows) == {
        "rows_lost": 3,
        "variants_lost_by_gender_or_tone": 2,
        "examples": [["a", "b"]],
    }
    assert count_naive(rows.slice(0, 0)) == {"rows_lost": 0, "variants_lost_by_gender_or_tone": 0, "examples": []}


def _small_in_white(name: str) -> Image.Image:
    """A photograph that is a tenth of a white picture."""
    white = Image.new("RGB", (256, 256), "white")
    white.paste(_photograph(name).resize((48, 24)), (104, 116))
    return white


def test_nearly_blank_pictures_are_copies_only_if_what_they_show_is() -> None:
    bordered = ImageOps.expand(_small_in_white("chelsea"), 13, "white")
    rows = _table(_row("a", _small_in_white("coffee")), _row("b", _small_in_white("rocket")), _row("c", bordered))
    assert reasons(RULE.judge(rows)) == {}
    own = _table(_row("a", _small_in_white("chelsea")), _row("b", bordered))
    assert list(reasons(RULE.judge(own))) == [0]
