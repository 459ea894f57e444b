"""What the pairing network itself associates: sets of words in its own space (WEAT). Its labels may lean likewise."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

import yaml

from toolkit.audit.measuring.captions import NO_TEXTS
from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.pictures import PAIRING, UNCOUNTED
from toolkit.audit.measuring.rows import Row, make_row
from toolkit.audit.measuring.tallies import Place
from toolkit.audit.subjects import ALL
from toolkit.statistics.association import weat, weat_interval

WEAT = "weat"
WORDS = "words"

WordSets = Mapping[str, Mapping[str, Mapping[str, list[str]]]]


def word_sets() -> WordSets:
    """Return the sets of words that are tested: by name, two sets of `targets` and two of `attributes`."""
    found: WordSets = yaml.safe_load((files("toolkit.audit") / "word_sets.yaml").read_text("utf-8"))
    return found


def measure_association(evidence: Evidence) -> list[Row]:
    """Return `weat` of the network that embedded the pictures, one row for every set of words.

    The effect size d in [-2, 2] is above 0 where the first targets lie nearer to the first attributes; `group` names
    the four sets. `n` counts target words. The interval redraws them; `p` is one-sided, by permutation.
    """
    place = Place(PAIRING, ALL, WORDS, PAIRING)
    if evidence.texts is None:
        return [make_row(place, ALL, WEAT, UNCOUNTED, not_measurable=NO_TEXTS)] if evidence.subjects else []
    rows = []
    tests = list(word_sets().values())
    words = sorted({word for sets in tests for side in sets.values() for some in side.values() for word in some})
    row = {word: index for index, word in enumerate(words)}
    embedded = evidence.texts.embed_texts(words)
    for sets in tests:
        (first, x), (second, y) = sets["targets"].items()
        (one, a), (other, b) = sets["attributes"].items()
        vectors = [embedded[[row[word] for word in some]] for some in (x, y, a, b)]
        found = weat(*vectors)
        _, low, high = weat_interval(*vectors, confidence=evidence.confidence)
        rows.append(
            make_row(
                place,
                f"{first} with {one}, {second} with {other}",
                WEAT,
                UNCOUNTED,
                value=found.effect_size,
                low=low,
                high=high,
                confidence=evidence.confidence,
                method="bootstrap of target words",
                n=len(x) + len(y),
                n_effective=float(len(x) + len(y)),
                p=found.p,
                reference="Caliskan et al. 2017",
            )
        )
    return rows
