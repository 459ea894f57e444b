"""DataComp's text-based filter: captions that name a concept of a list, such as the classes of ImageNet.

Gadre et al., DataComp (arXiv 2304.14108), section 3.4; does_contain_text_entity in baselines/apply_filter.py of its
code looks words up in WordNet. Here the list holds the words themselves, phrases too, and no WordNet is needed. That
DataComp asks for English captions is `captions.languages: [en]`.
"""

from __future__ import annotations

from toolkit.curate.captions.word_list import CaptionWordList
from toolkit.curate.rule import Threshold

COLUMN = "caption_concepts"


def concept_scorer(path: str) -> CaptionWordList:
    """Return the scorer that counts, in the column `caption_concepts`, the concepts of the file at `path`."""
    return CaptionWordList(path, COLUMN, COLUMN, "pairing.caption_concepts")


def concept_rule() -> Threshold:
    """Return the rule that asks for one concept at least."""
    return Threshold("pairing_caption_concepts", COLUMN, "caption names {value} of the listed concepts", 1)
