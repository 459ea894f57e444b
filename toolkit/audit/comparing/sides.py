"""Who is compared with whom: the subjects of two audits, paired."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import NamedTuple

from toolkit.audit.measuring.rows import Row
from toolkit.audit.measuring.tallies import is_census
from toolkit.errors import RunError


class Pair(NamedTuple):
    """The subject of the first audit, and that of the second which it is compared with."""

    first: str
    second: str

    @property
    def name(self) -> str:
        """What the pair is called: one name where both sides have the same."""
        return self.first if self.first == self.second else f"{self.first} -> {self.second}"


def pair_subjects(
    first: Sequence[Row],
    second: Sequence[Row] | None,
    first_named: str | None = None,
    second_named: str | None = None,
) -> list[Pair]:
    """Return which subjects to compare; `second` is None where both are of one audit.

    The named ones where names are given (a side without a name gives its only model). Without names: every subject that
    both audits have; where they share no model, the only model of each; in one audit its two models. Datasets are
    compared with themselves. Raises RunError where that leaves a choice, or nothing, and says what each side has.
    """
    ours = _subjects(first)
    theirs = ours if second is None else _subjects(second)
    if first_named is not None or second_named is not None:
        one = _find(first_named, ours, "--subject-a")
        two = _find(second_named, [each for each in theirs if second is not None or each != one], "--subject-b")
        return [Pair(one, two)]
    models, others = _models(ours), _models(theirs)
    if second is None:
        if len(models) != 2:
            raise RunError(
                f"this audit has {len(models)} models ({_listed(models)}); to compare two of one audit, name them: "
                "--subject-a and --subject-b"
            )
        return [Pair(*models)]
    common = [Pair(one, one) for one in ours if one in theirs]
    if any(not is_census(one.first) for one in common):
        return common
    if len(models) == 1 and len(others) == 1:
        return [Pair(models[0], others[0]), *common]
    if common and not models and not others:
        return common
    raise RunError(
        f"the audits have no model in common: the first has {_listed(models)}, the second {_listed(others)}; "
        "name the two to compare: --subject-a and --subject-b"
    )


def _subjects(rows: Sequence[Row]) -> list[str]:
    return sorted({row["subject"] for row in rows})


def _models(subjects: Sequence[str]) -> list[str]:
    return [one for one in subjects if not is_census(one)]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"


def _find(named: str | None, known: Sequence[str], option: str) -> str:
    """Return `named`, or the only model in `known` where nothing is named. Raises RunError for another name."""
    if named is None:
        models = _models(known)
        if len(models) != 1:
            raise RunError(f"that side has {len(models)} models ({_listed(models)}); name one: {option}")
        return models[0]
    if named not in known:
        nearest = difflib.get_close_matches(named, known, n=1, cutoff=0)
        hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
        raise RunError(f"{option} is {named!r}, which is not audited there{hint} There are: {_listed(known)}")
    return named
