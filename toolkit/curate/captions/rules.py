"""The scorers and rules of captions."""

from __future__ import annotations

from collections.abc import Iterator

from toolkit.curate.captions import junk, personal_data
from toolkit.curate.captions.boilerplate import Boilerplate, CaptionTemplate
from toolkit.curate.captions.junk import CaptionJunk
from toolkit.curate.captions.kinds import UnwantedKinds
from toolkit.curate.captions.language import CaptionLanguage, Languages
from toolkit.curate.captions.personal_data import CaptionPersonalData
from toolkit.curate.captions.recipe import CaptionRecipe
from toolkit.curate.captions.shape import CaptionShape
from toolkit.curate.captions.toxicity import CaptionToxicity
from toolkit.curate.captions.word_list import CaptionWordList
from toolkit.curate.rule import Rule, Threshold
from toolkit.curate.scorer import Scorer


def scorers(asked: CaptionRecipe) -> list[Scorer]:
    """Return the scorers of captions; toxicity and a list of words only where they are asked for."""
    made: list[Scorer] = [
        CaptionShape(),
        CaptionLanguage(),
        CaptionTemplate(),
        CaptionJunk(),
        CaptionPersonalData(),
    ]
    if asked.max_toxicity is not None:
        made.append(CaptionToxicity())
    if asked.word_list is not None:
        made.append(CaptionWordList(asked.word_list))
    return made


def word_lists_of(asked: CaptionRecipe) -> dict[str, str]:
    """Return the files of words that `asked` names, each with a hash of its words.

    Raises RecipeError for one that is wrong.
    """
    return {} if asked.word_list is None else {asked.word_list: CaptionWordList(asked.word_list).version}


def rules(asked: CaptionRecipe) -> list[Rule]:
    """Return the rules on captions, in the order of the cascade."""
    made: list[Rule] = [rule for rule in _shape_limits(asked) if (rule.minimum, rule.maximum) != (None, None)]
    if asked.languages is not None:
        made.append(Languages(asked.languages, asked.language_probability))
    made.extend(_unwanted(asked))
    if asked.boilerplate_rows is not None:
        made.append(Boilerplate(asked.boilerplate_rows, asked.boilerplate_share, asked.boilerplate_words))
    return made


def _shape_limits(asked: CaptionRecipe) -> Iterator[Threshold]:
    yield _limit("caption_characters", "caption has {value} characters", asked.min_characters, asked.max_characters)
    yield _limit("caption_code_points", "caption has {value} characters with outer space", asked.min_code_points, None)
    yield _limit("caption_words", "caption has {value} words", asked.min_words, asked.max_words)
    yield _limit("caption_tokens", "caption has {value} runs of anything but space", asked.min_tokens, None)
    repeats = "a share of {value} of the caption's words are repeats"
    yield _limit("caption_repetition", repeats, None, asked.max_repetition)
    yield _limit("caption_symbols", "a share of {value} of the caption is symbols", None, asked.max_symbols)


def _unwanted(asked: CaptionRecipe) -> Iterator[Rule]:
    if asked.junk:
        yield UnwantedKinds("caption_junk", "caption_junk", asked.junk, junk.KINDS)
    if asked.personal_data:
        name = "caption_personal_data"
        yield UnwantedKinds(name, name, asked.personal_data, personal_data.KINDS, asked.personal_data_status)
    if asked.max_toxicity is not None:
        text, status = "caption is offensive with probability {value}", asked.toxicity_status
        yield Threshold("caption_toxicity", "caption_toxicity", text, None, asked.max_toxicity, status)
    if asked.word_list is not None:
        text, status = "caption holds {value} of the listed words", asked.word_list_status
        yield Threshold("caption_word_list", "caption_listed_words", text, None, 0, status)


def _limit(column: str, text: str, minimum: float | None, maximum: float | None) -> Threshold:
    return Threshold(column, column, text, minimum, maximum)
