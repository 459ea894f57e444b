"""The fingerprints of pictures, and the rules on copies."""

from __future__ import annotations

from toolkit.curate.duplicates.exact import ExactDuplicates
from toolkit.curate.duplicates.fingerprints import Fingerprints
from toolkit.curate.duplicates.keepers import KeepPolicy
from toolkit.curate.duplicates.perceptual import PerceptualDuplicates
from toolkit.curate.duplicates.recipe import DuplicateRecipe
from toolkit.curate.duplicates.semantic import SemanticDuplicates
from toolkit.curate.resources import Resources
from toolkit.curate.rule import Rule
from toolkit.curate.scorer import Scorer


def scorers(asked: DuplicateRecipe) -> list[Scorer]:
    """Return the scorers that copies are found by."""
    return [Fingerprints()]


def rules(asked: DuplicateRecipe, resources: Resources) -> list[Rule]:
    """Return the rules on copies, in the order in which they decide: the surest first."""
    policy = KeepPolicy(asked.keep, asked.keep_by, resources.scored)
    made: list[Rule] = []
    if asked.exact:
        made.append(ExactDuplicates(policy))
    if (looks := asked.perceptual) is not None:
        made.append(
            PerceptualDuplicates(
                looks.distance, looks.mean_colour, looks.cell_colour, looks.cosine, resources.embeddings, policy
            )
        )
    if asked.semantic is not None and resources.embeddings is not None:
        made.append(SemanticDuplicates(asked.semantic.cosine, resources.embeddings, resources.folder, policy))
    return made
