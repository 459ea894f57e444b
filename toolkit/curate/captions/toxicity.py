"""Toxicity: how offensive a classifier of words takes a caption to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.curate.scorer import Batch, Need
from toolkit.errors import ModelError

_PACKAGE = "alt-profanity-check"


@dataclass
class CaptionToxicity:
    """The probability that people find a caption offensive, by alt-profanity-check: a linear classifier of the words
    of English tweets and comments.

    It knows words, not what they mean here: it takes `pig face` for an insult. Look at what a limit takes, and from
    whom, before you rely on it.
    """

    name: str = "caption_toxicity"
    needs: frozenset[Need] = frozenset({"caption"})
    _predict: Callable[[Sequence[str]], NDArray[np.float64]] | None = field(default=None, repr=False)

    @property
    def version(self) -> str:
        """The version of the package, whose model it is; "missing" without it."""
        try:
            return f"{_PACKAGE} {version(_PACKAGE)}"
        except PackageNotFoundError:
            return f"{_PACKAGE} missing"

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """A probability in [0, 1]."""
        return {"caption_toxicity": pa.float64()}

    def setup(self) -> None:
        """Load the classifier, which the package holds. Raises ModelError where the package is not installed."""
        try:
            from profanity_check import predict_prob
        except ImportError as error:
            raise ModelError(
                f"captions.max_toxicity needs the package {_PACKAGE} ({error}); run: pip install 'tain[toxicity]'"
            ) from error
        self._predict = predict_prob

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the column."""
        if self._predict is None:
            self.setup()
        assert self._predict is not None
        return {"caption_toxicity": self._predict(batch.captions).tolist() if batch.captions else []}
