"""The cosine transform behind perceptual hashes is scipy's, to the last bit, wherever its compiled part lies."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import numpy as np
import pytest
import scipy.fft

from toolkit.curate.duplicates import cosines


@pytest.fixture
def values() -> np.ndarray:
    random = np.random.default_rng(0)
    return random.normal(size=(5, 32, 8)) * 10.0 ** random.integers(-12, 12, (5, 1, 1))


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_it_is_scipy_s(values: np.ndarray, axis: int) -> None:
    assert np.array_equal(cosines.cosine_transform(values, axis), scipy.fft.dct(values, axis=axis))


def test_it_is_scipy_s_where_the_compiled_part_is_elsewhere(
    values: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cosines, "_MODULE", "moved")
    cosines._transform.cache_clear()
    try:
        assert np.array_equal(cosines.cosine_transform(values, 1), scipy.fft.dct(values, axis=1))
    finally:
        cosines._transform.cache_clear()


def test_it_spares_the_import_of_scipy() -> None:
    assert importlib.util.find_spec("scipy") is not None
    program = (
        "import sys, numpy as np; from toolkit.curate.duplicates.cosines import cosine_transform;"
        "cosine_transform(np.ones((1, 32)), 1); print('scipy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
