"""Which captions of the data lie nearest to the prompts of an audit, by the embeddings of their words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.pooled import kept_only
from toolkit.audit.subjects import SAMPLE

NO_TEXTS = (
    "texts cannot be embedded: no annotator of this audit reads embeddings, or the network that made them is gone"
)
FEWEST = 10  # captions that are always taken for the nearest
SHARE = 0.25  # of the distinct captions about a concept
MOST = 20_000  # distinct captions that are embedded


class Near(NamedTuple):
    """The nearest `captions` by concept, or `why` they cannot be had."""

    captions: Mapping[str, frozenset[str]]
    why: str | None


def nearest_captions(evidence: Evidence) -> Near:
    """Return, of the distinct captions of kept pairs about each concept, the quarter (at least ten) whose cosine with
    the mean embedding of the concept's prompts is highest."""
    if evidence.texts is None:
        return Near({}, NO_TEXTS)
    captions: dict[str, set[str]] = {}
    prompts: dict[str, set[str]] = {}
    for one in evidence.subjects:
        if one.kind == SAMPLE:
            for name in one.slices:
                prompts.setdefault(name, set()).add(one.caption)
        else:
            for name in kept_only(one):
                captions.setdefault(name, set()).add(one.caption)
    texts = sorted({text for some in (*captions.values(), *prompts.values()) for text in some})
    if len(texts) > MOST:
        return Near({}, f"the data has {len(texts)} distinct captions about the concepts; at most {MOST} are embedded")
    row = {text: index for index, text in enumerate(texts)}
    vectors = evidence.texts.embed_texts(texts).astype(np.float64)
    found = {}
    for name, some in captions.items():
        if name not in prompts:
            continue
        asked = vectors[[row[text] for text in sorted(prompts[name])]].mean(axis=0)
        ordered = sorted(some, key=lambda text: (-float(vectors[row[text]] @ asked), text))
        found[name] = frozenset(ordered[: max(FEWEST, round(SHARE * len(ordered)))])
    return Near(found, None)
