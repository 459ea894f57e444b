from __future__ import annotations

import numpy as np
import pytest

from toolkit.models.text_encoder import WIDTH, TextEncoder, load_text_encoder


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    return load_text_encoder()


def test_neighbours_in_a_batch_do_not_change_an_encoding(encoder: TextEncoder) -> None:
    alone = encoder.encode(["woman firefighter"])
    among = encoder.encode(["a cat", "woman firefighter", "a much longer caption about a red house by the sea"])
    assert np.array_equal(alone.pooled[0], among.pooled[1])
    assert np.array_equal(alone.tokens[0], among.tokens[1])


def test_a_paraphrase_is_nearer_than_another_subject(encoder: TextEncoder) -> None:
    pooled = encoder.encode(["a kitten on a sofa", "a young cat on the couch", "the stock market fell"]).pooled
    pooled /= np.linalg.norm(pooled, axis=1, keepdims=True)
    assert pooled[0] @ pooled[1] > pooled[0] @ pooled[2] + 0.3


def test_long_and_empty_texts_are_cut_and_padded_to_one_length(encoder: TextEncoder) -> None:
    encoded = encoder.encode(["word " * 500, ""], length=16)
    assert encoded.tokens.shape == (2, 16, WIDTH)
    assert encoded.mask.sum(1).tolist() == [16, 2]
    assert np.isfinite(encoded.pooled).all()


def test_no_texts_give_no_rows(encoder: TextEncoder) -> None:
    assert encoder.encode([], length=8).tokens.shape == (0, 8, WIDTH)
