"""The fingerprints of pictures, and the rules on copies."""

from __future__ import annotations

from collections.abc import Iterable

from toolkit.curate.duplicates.comparison import Comparison
from toolkit.curate.duplicates.decontamination import Decontamination
from toolkit.curate.duplicates.earlier import EarlierCopies
from toolkit.curate.duplicates.exact import ExactDuplicates
from toolkit.curate.duplicates.fingerprints import Fingerprints
from toolkit.curate.duplicates.keepers import KeepPolicy, is_number
from toolkit.curate.duplicates.looks import Looks
from toolkit.curate.duplicates.perceptual import PerceptualDuplicates
from toolkit.curate.duplicates.recipe import DuplicateRecipe, EvaluationRecipe, LooksRecipe
from toolkit.curate.duplicates.row_codes import SAME_PEOPLE
from toolkit.curate.duplicates.semantic import SemanticDuplicates
from toolkit.curate.duplicates.sides import SidesNamed
from toolkit.curate.resources import Resources
from toolkit.curate.rule import Rule
from toolkit.curate.scorer import Scorer
from toolkit.errors import RecipeError


def scorers(asked: DuplicateRecipe) -> list[Scorer]:
    """Return the scorers that copies are found by."""
    return [SidesNamed(), Fingerprints()]


def check_columns(asked: DuplicateRecipe, scorers: Iterable[Scorer]) -> None:
    """Raise RecipeError where copies are to be ranked by a column that none of `scorers` fills with numbers."""
    numbers = [name for one in scorers for name, kind in one.columns.items() if is_number(kind)]
    if asked.keep == "best" and asked.best_by not in numbers:
        raise RecipeError(
            f"duplicates.best_by is {asked.best_by!r}, which is no score that copies can be ranked by; "
            f"name one of {', '.join(sorted(numbers))}"
        )


def rules(asked: DuplicateRecipe, resources: Resources) -> list[Rule]:
    """Return the rules on copies, in the order in which they decide: what must not stay first, then the surest."""
    policy = KeepPolicy(asked.keep, asked.keep_by, resources.scored)
    made: list[Rule] = []
    if (against := asked.decontaminate) is not None:
        made.append(_decontamination(against, resources))
    if asked.earlier:
        made.append(EarlierCopies(asked.earlier, _earlier(asked, resources)))
    if asked.exact:
        made.append(ExactDuplicates(policy, resources.folder))
    if (perceptual := asked.perceptual) is not None:
        made.append(
            PerceptualDuplicates(
                _looks(perceptual),
                perceptual.cosine,
                resources.embeddings,
                resources.fingerprints,
                policy,
                resources.large,
                resources.folder,
            )
        )
    if asked.semantic is not None:
        made.append(SemanticDuplicates(asked.semantic.cosine, resources.embeddings, resources.folder, policy))
    return made


def _decontamination(asked: EvaluationRecipe, resources: Resources) -> Decontamination:
    comparison = Comparison(
        asked.exact,
        None if asked.perceptual is None else _looks(asked.perceptual),
        asked.cosine,
        asked.captions,
        embeddings=resources.embeddings,
        fingerprints=resources.fingerprints,
        folder=resources.folder,
        large=resources.large,
    )
    return Decontamination(asked.source, comparison, resources.evaluation, asked.status)


def _earlier(asked: DuplicateRecipe, resources: Resources) -> Comparison:
    """Return the comparison with earlier runs: by all that makes copies within one run."""
    cosine = None if asked.semantic is None else asked.semantic.cosine
    return Comparison(
        asked.exact,
        None if asked.perceptual is None else _looks(asked.perceptual),
        cosine,
        same=SAME_PEOPLE,
        looks_same=("sides_named",),
        looks_cosine=None if asked.perceptual is None else asked.perceptual.cosine,
        embeddings=resources.embeddings,
        fingerprints=resources.fingerprints,
        folder=resources.folder,
        large=resources.large,
    )


def _looks(asked: LooksRecipe) -> Looks:
    return Looks(asked.distance, asked.mean_colour, asked.cell_colour, asked.flips, asked.crops)
