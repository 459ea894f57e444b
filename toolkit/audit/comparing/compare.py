"""Two audits compared: rows, cautions and what stands out, written as compare.json and compare.md."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, cast

from toolkit.audit.annotators.annotator import TextEmbedder
from toolkit.audit.audited import AUDIT, measured, open_audit
from toolkit.audit.comparing.cost import Cost
from toolkit.audit.comparing.costs import costs
from toolkit.audit.comparing.differences import FAMILY, SHARE, Difference, compare_rows, strongest
from toolkit.audit.comparing.same_noise import Changes, Key, changed_versions, count_changes, painted_of
from toolkit.audit.comparing.sides import Pair, pair_subjects
from toolkit.audit.comparing.wording import as_markdown, sentence
from toolkit.audit.measuring.rows import UNCORRECTED, Row
from toolkit.audit.measuring.tallies import is_census
from toolkit.audit.reading import network_of
from toolkit.audit.recipe import AuditRecipe
from toolkit.errors import ModelError, RunError
from toolkit.store import RunFolder, in_the_way, whole_folder

FORMAT = 1
Texts = Callable[[], TextEmbedder | None]
SHOWN = 10  # slices that are named
UNCORRECTED_SHARES = "Shares are uncorrected: where the annotator errs alike on both, a true difference looks smaller."


class Comparison(NamedTuple):
    """What a comparison found: `rows`, those of them that are `told` with the strongest first, who was compared, and
    the `cautions` that a reader needs. `costs` are of each pair what its pictures lost or gained; see `with_costs`."""

    first: str
    second: str
    pairs: tuple[Pair, ...]
    rows: tuple[Difference, ...]
    told: tuple[Difference, ...]
    cautions: tuple[str, ...]
    costs: tuple[tuple[Pair, Cost], ...] = ()

    def described(self) -> dict[str, Any]:
        """Return all of it as JSON can hold it."""
        return {
            "format": FORMAT,
            "a": self.first,
            "b": self.second,
            "subjects": [list(one) for one in self.pairs],
            "family": FAMILY,
            "cautions": list(self.cautions),
            "told": [_described(one) | {"sentence": sentence(one.as_row())} for one in self.told],
            "rows": [_described(one) for one in self.rows],
            "costs": [{"subject_a": pair.first, "subject_b": pair.second} | one._asdict() for pair, one in self.costs],
        }


def compare(
    first: RunFolder | str | Path,
    second: RunFolder | str | Path | None = None,
    *,
    subject_a: str | None = None,
    subject_b: str | None = None,
) -> Comparison:
    """Return how the shares of the audit `second` differ from those of `first`.

    With `second` None two models of one audit are compared. `subject_a` and `subject_b` name whom to compare where the
    audits are of different models. Raises RunError where a run holds no finished audit, the subjects cannot be paired,
    or no share is in both.
    """
    one = open_audit(first.path if isinstance(first, RunFolder) else first)
    two = one if second is None else open_audit(second.path if isinstance(second, RunFolder) else second)
    if one.path.resolve() == two.path.resolve():
        two = one
    ours, theirs = ([row for row in measured(run) if row["measure"] == SHARE] for run in (one, two))
    pairs = pair_subjects(ours, None if two is one else theirs, subject_a, subject_b)
    before, after = painted_of(one), painted_of(two)
    cautions: list[str] = []
    changes: dict[Key, Changes] = {}
    if before is None or after is None:
        cautions.append("The labels of single pictures are not at hand, so pictures of one seed could not be paired.")
    else:
        changes = count_changes(before, after, pairs)
        cautions += [
            f"{which} was read by another version of the annotator: a change may be the ruler's, not the pictures'."
            for which in changed_versions(before, after)
        ]
    rows = compare_rows(ours, theirs, pairs, changes)
    cautions += [*_only_on_one_side(pairs, ours, theirs), *_cautions(rows, set(changes))]
    return Comparison(str(one.path), str(two.path), tuple(pairs), tuple(rows), tuple(strongest(rows)), tuple(cautions))


def texts_of(run: RunFolder) -> Texts:
    """Return what gives the pairing network that the audit `run` read with, loaded once when first asked; None where it
    is gone."""
    network = network_of(AuditRecipe.model_validate(run.stages[AUDIT]["recipe"]))

    @cache
    def texts() -> TextEmbedder | None:
        try:
            return cast(TextEmbedder, network())
        except ModelError:
            return None

    return texts


def with_costs(found: Comparison, texts: Texts | None = None) -> Comparison:
    """Return `found` with what the pictures of its models lost or gained, from the same noise; see `costs`. `texts`
    gives the network that embeds the prompts, that of the first audit where it is None."""
    one = open_audit(found.first)
    two = one if found.second == found.first else open_audit(found.second)
    before, after = painted_of(one), painted_of(two)
    if before is None or after is None:
        return found
    network = texts or texts_of(one)
    models = [pair for pair in found.pairs if not is_census(pair.first) and not is_census(pair.second)]
    rows = tuple((pair, row) for pair in models for row in costs((one, two), (before, after), pair, network))
    return found._replace(costs=rows)


def write_comparison(found: Comparison, out: str | Path) -> Path:
    """Write compare.json and compare.md into the new folder `out` and return it. Raises RunError where it is taken."""
    folder = Path(out)
    if in_the_way(folder):
        raise RunError(f"{folder} is in the way; choose another --out")
    with whole_folder(folder) as beside:
        text = json.dumps(found.described(), indent=2, ensure_ascii=False) + "\n"
        (beside / "compare.json").write_text(text, "utf-8")
        (beside / "compare.md").write_text(as_markdown(found.described()), "utf-8")
    return folder


def _described(one: Difference) -> dict[str, Any]:
    return one.as_row() | {"strength": one.strength}


def _only_on_one_side(pairs: Sequence[Pair], ours: Sequence[Row], theirs: Sequence[Row]) -> list[str]:
    """Return which slices and corrected shares one audit has and the other has not."""
    said = []
    for pair in pairs:
        first = {row["slice"] for row in ours if row["subject"] == pair.first}
        second = {row["slice"] for row in theirs if row["subject"] == pair.second}
        for side, only in (("first", first - second), ("second", second - first)):
            if only:
                named = ", ".join(sorted(only)[:SHOWN]) + (", ..." if len(only) > SHOWN else "")
                said.append(f"Of {pair.name} only the {side} audit has {len(only)} slices: {named}.")
        said += _corrected_on_one_side(pair, ours, theirs)
    return said


def _corrected_on_one_side(pair: Pair, ours: Sequence[Row], theirs: Sequence[Row]) -> list[str]:
    first = {row["correction"] for row in ours if row["subject"] == pair.first} - {UNCORRECTED}
    second = {row["correction"] for row in theirs if row["subject"] == pair.second} - {UNCORRECTED}
    return [
        f"Of {pair.name} only the {side} audit has shares corrected by {one}: they are not compared."
        for side, only in (("first", first - second), ("second", second - first))
        for one in sorted(only)
    ]


def _cautions(rows: Sequence[Difference], paired: set[Key]) -> list[str]:
    said = []
    if any(one.p is not None for one in rows) and not paired:
        said.append("No prompt was painted from the same seed in both, so the pictures are compared as independent.")
    if not any(one.correction != UNCORRECTED for one in rows):
        said.append(UNCORRECTED_SHARES)
    return said
