"""Text area: what OCR finds on a page and on a photograph, and what is said where it is not installed."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from skimage import data

from toolkit.curate.pictures.text_area import PictureTextArea, covered
from toolkit.curate.scorer import Batch
from toolkit.errors import RecipeError


def sign() -> np.ndarray:
    """Return a white page of which two lines of print take about an eighth."""
    page = Image.new("RGB", (256, 192), "white")
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(28)
    draw.text((20, 20), "HELLO WORLD", fill="black", font=font)
    draw.text((20, 120), "Big Sale 50%", fill="black", font=font)
    return np.asarray(page)


def test_text_covers_a_sign_and_no_photograph() -> None:
    pytest.importorskip("rapidocr_onnxruntime", reason="the extra ocr is not installed")
    photograph = np.asarray(Image.fromarray(data.chelsea()).resize((256, 170)))
    scorer = PictureTextArea()
    scorer.setup()
    found = scorer.score(Batch(pixels=[sign(), photograph, np.full((1, 1, 3), 255, np.uint8)]))["picture_text_area"]
    assert 0.1 < found[0] < 0.3  # type: ignore[operator]
    assert list(found[1:]) == [0, 0]


def test_without_ocr_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rapidocr_onnxruntime", None)
    with pytest.raises(RecipeError, match="pip install --no-deps rapidocr-onnxruntime"):
        PictureTextArea().setup()


def test_outlines_that_overlap_are_counted_once() -> None:
    left = [[0, 0], [49, 0], [49, 99], [0, 99]]
    tilted = [[25, 0], [74, 0], [74, 99], [25, 99]]
    assert covered([left], (100, 100)) == pytest.approx(0.5)
    assert covered([left, left, tilted], (100, 100)) == pytest.approx(0.75)
    assert covered([], (100, 100)) == 0
    assert covered([[[-50, -50], [500, -50], [500, 500], [-50, 500]]], (100, 100)) == 1
