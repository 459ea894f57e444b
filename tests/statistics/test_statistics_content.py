"""What pixels say of a picture: drawn pictures of known content, and Pillow as oracle on a real one."""

import numpy as np
import pytest
from PIL import Image, ImageFilter
from skimage import data

from toolkit.statistics.content import content_scores


@pytest.fixture(scope="module")
def photograph():
    return np.asarray(Image.fromarray(data.astronaut()).resize((96, 96)))


def flat(colour, side=32):
    return np.full((side, side, 3), colour, np.uint8)


def dot(row, column, ground=(255, 255, 255), side=64):
    pixels = flat(ground, side)
    pixels[row - 4 : row + 4, column - 4 : column + 4] = (200, 30, 30)
    return pixels


def test_a_flat_picture_has_one_tone_and_no_edges():
    found = content_scores(flat((51, 51, 51)))
    assert found.colourfulness == found.contrast == found.saturation == found.sharpness == 0
    assert found.brightness == pytest.approx(0.2)
    assert np.isnan(found.centredness)
    assert found.plain_ground == 1


def test_colourfulness_is_that_of_the_paper():
    pixels = flat((0, 0, 0), 2)
    pixels[0], pixels[1] = (255, 0, 0), (0, 0, 255)
    red_green, yellow_blue = np.array([255.0, 0]), np.array([127.5, -255])
    expected = np.hypot(red_green.std(), yellow_blue.std()) + 0.3 * np.hypot(red_green.mean(), yellow_blue.mean())
    assert content_scores(pixels).colourfulness == pytest.approx(expected)


def test_light_and_saturation_are_those_of_pillow(photograph):
    found, image = content_scores(photograph), Image.fromarray(photograph)
    grey, hsv = np.asarray(image.convert("L")) / 255, np.asarray(image.convert("HSV")) / 255
    assert found.brightness == pytest.approx(grey.mean(), abs=0.003)
    assert found.contrast == pytest.approx(grey.std(), abs=0.003)
    assert found.saturation == pytest.approx(hsv[..., 1].mean(), abs=0.005)


def test_a_blurred_picture_is_less_sharp_and_a_grey_one_less_colourful(photograph):
    image = Image.fromarray(photograph)
    whole, blurred, grey = (
        content_scores(np.asarray(one))
        for one in (image, image.filter(ImageFilter.GaussianBlur(2)), image.convert("L").convert("RGB"))
    )
    assert blurred.sharpness < whole.sharpness / 3
    assert blurred.brightness == pytest.approx(whole.brightness, abs=0.01)
    assert grey.colourfulness == grey.saturation == 0
    assert grey.sharpness == pytest.approx(whole.sharpness, rel=0.1)


def test_what_lies_in_the_middle_is_centred_and_its_ground_is_plain():
    middle, corner = content_scores(dot(32, 32)), content_scores(dot(5, 5))
    assert middle.centredness == pytest.approx(1)
    assert corner.centredness == pytest.approx(5 / 32)
    assert middle.plain_ground == pytest.approx(1 - 64 / 64**2)
    turned = content_scores(np.ascontiguousarray(dot(20, 44)[:, ::-1]))
    assert turned.centredness == pytest.approx(content_scores(dot(20, 44)).centredness)
    assert content_scores(dot(32, 32, ground=(20, 90, 20))).plain_ground == pytest.approx(middle.plain_ground)


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 9, 3), (9, 1, 3)])
def test_the_smallest_pictures_have_scores(shape):
    found = content_scores(np.arange(np.prod(shape), dtype=np.uint8).reshape(shape))
    assert all(np.isfinite(one) or name == "centredness" for name, one in found._asdict().items())


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 4), (0, 4, 3)])
def test_what_is_no_picture_is_refused(shape):
    with pytest.raises(ValueError, match="no RGB picture"):
        content_scores(np.zeros(shape, np.uint8))
