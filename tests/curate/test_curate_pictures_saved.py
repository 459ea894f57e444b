"""How pictures were saved: the quality of JPEGs from their tables, and the rules on format and frames."""

from __future__ import annotations

import io

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from skimage import data

from toolkit.curate.pictures.jpeg_quality import PictureJpegQuality
from toolkit.curate.pictures.kinds import Animated, Formats
from toolkit.curate.pictures.recipe import PictureRecipe
from toolkit.curate.pictures.rules import rules, scorers
from toolkit.curate.rule import Taken
from toolkit.curate.scorer import Batch

PHOTOGRAPH = Image.fromarray(data.coffee()).resize((96, 64))


def saved(kind: str, image: Image.Image = PHOTOGRAPH, **options: object) -> bytes:
    sink = io.BytesIO()
    image.save(sink, kind, **options)
    return sink.getvalue()


def qualities(*files: bytes) -> list[object]:
    return list(PictureJpegQuality().score(Batch(files=files))["picture_jpeg_quality"])


def reasons(taken: Taken) -> list[str]:
    return [taken.explain(index).text for index in range(len(taken.rows))]


def test_the_quality_that_a_jpeg_was_saved_with_is_found_again() -> None:
    asked = list(range(1, 101))
    assert qualities(*(saved("JPEG", quality=quality) for quality in asked)) == asked


SAVED = [{"progressive": True}, {"optimize": True}, {"subsampling": 0}, {"exif": b"Exif\0\0"}]


@pytest.mark.parametrize("options", SAVED)
def test_how_else_it_was_saved_does_not_matter(options: dict[str, object]) -> None:
    assert qualities(saved("JPEG", quality=60, **options)) == [60]
    assert qualities(saved("JPEG", PHOTOGRAPH.convert("L"), quality=60, **options)) == [60]


def test_tables_of_another_program_are_near_the_one_that_they_resemble() -> None:
    table = Image.open(io.BytesIO(saved("JPEG", quality=70))).quantization[0]
    for changed in ([min(255, step + 1) for step in table], [*table[:60], 255, 255, 255, 255]):
        (found,) = qualities(saved("JPEG", qtables=[changed]))
        assert isinstance(found, int)
        assert 60 <= found <= 72


def test_tables_of_sixteen_bits_are_read() -> None:
    table = [300] * 64
    assert qualities(saved("JPEG", qtables=[table])) == [1]


def test_other_formats_and_rubbish_have_no_quality() -> None:
    rubbish = (b"", b"\xff\xd8\xff", b"\xff\xd8\xff\xdb\x00\x43\x00", b"\xff\xd8\xff\xdb\x00\x01\x00" * 9)
    assert qualities(saved("PNG"), saved("WEBP"), *rubbish) == [None] * 6


@given(st.binary(max_size=200), st.integers(0, 400))
def test_damaged_bytes_have_a_quality_or_none(rubbish: bytes, at: int) -> None:
    good = saved("JPEG", quality=50)
    (found,) = qualities(good[:at] + rubbish + good[at:])
    assert found is None or 1 <= found <= 100  # type: ignore[operator]


def test_pictures_of_other_formats_are_taken_with_the_format_named() -> None:
    taken = Formats(("JPEG", "PNG")).judge(pa.table({"picture_format": ["JPEG", "GIF", "PNG", "WEBP"]}))
    assert taken.rows.tolist() == [1, 3]
    assert reasons(taken) == [
        "picture is GIF; JPEG or PNG is asked for",
        "picture is WEBP; JPEG or PNG is asked for",
    ]


def test_pictures_that_move_are_taken() -> None:
    taken = Animated().judge(pa.table({"picture_animated": [False, True, False]}))
    assert taken.rows.tolist() == [1]
    assert reasons(taken) == ["picture has several frames; one is asked for"]


def test_no_rows_are_no_trouble() -> None:
    nothing = pa.table({"picture_format": pa.array([], pa.string()), "picture_animated": pa.array([], pa.bool_())})
    assert len(Formats(("JPEG",)).judge(nothing).rows) == len(Animated().judge(nothing).rows) == 0


def test_every_limit_of_the_recipe_is_a_rule_on_a_score_that_is_made() -> None:
    limits = {
        "formats": ("PNG",), "animated": "drop", "min_jpeg_quality": 50, "min_brightness": 0.1, "max_brightness": 0.9,
        "max_dark": 0.99, "max_light": 0.95, "min_contrast": 0.02, "min_sharpness": 30, "max_border": 0.5,
        "max_text_area": 0.3,
    }  # fmt: skip
    asked = PictureRecipe.model_validate(limits)
    made = rules(asked)
    scored = {column for scorer in scorers(asked) for column in scorer.columns}
    assert {column for rule in made for column in rule.columns} == scored
    assert len(made) == len({rule.name for rule in made}) == 14
    assert {rule.name for rule in rules(PictureRecipe())} == {
        "picture_side", "picture_aspect", "picture_entropy", "picture_blankness"
    }  # fmt: skip


def test_a_limit_says_what_was_found_and_what_is_asked_for() -> None:
    (rule,) = [one for one in rules(PictureRecipe(min_jpeg_quality=40)) if one.name == "picture_jpeg_quality"]
    taken = rule.judge(pa.table({"picture_jpeg_quality": np.array([35, 40])}))
    assert reasons(taken) == ["picture was saved with quality 35 of 100; at least 40 are asked for"]
