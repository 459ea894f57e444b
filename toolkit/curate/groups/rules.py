"""The scorers of groups. They have no rules: a group is measured, never a reason to drop a row."""

from __future__ import annotations

from toolkit.curate.groups.in_words import GroupsInWords
from toolkit.curate.groups.named import GroupsNamed
from toolkit.curate.groups.recipe import GroupRecipe
from toolkit.curate.groups.word_lists import attributes_of, load_word_lists
from toolkit.curate.scorer import Scorer


def group_lists_of(asked: GroupRecipe) -> dict[str, str]:
    """Return the word lists that `asked` names by their paths, each with a hash of its words.

    Raises RecipeError for one that is wrong.
    """
    return {path: load_word_lists([path]).version for path in asked.words}


def scorers(asked: GroupRecipe) -> list[Scorer]:
    """Return the scorers of groups. Raises RecipeError for a file that is no word list."""
    made: list[Scorer] = [GroupsNamed()]  # what duplicates read: people who differ are no copies of one another
    names = (*asked.bundled, *asked.words)
    attributes_of(names)  # refuses what is no word list before anything is scored
    return [*made, GroupsInWords(names, asked.ambiguous)] if names else made
