"""A finding in people's words: whom pictures show, how often, how sure that is, and what it is held against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from toolkit.report.measured import SHARE, Place, Row
from toolkit.report.reference_shares import CAPTIONS, EVEN, KEPT, ReferenceShares, reference_shares
from toolkit.report.share_words import reference_in_words
from toolkit.report.subjects import DATA
from toolkit.report.wording import figure_of, floor_of, percent_of, q_value, several, subject_name

# What a share is held against, best first: shares that people published, the training data, a source of it, none.
_RANKS = {KEPT: 1, CAPTIONS: 2, EVEN: 4}
_PUBLISHED, _SOURCE = 0, 3


def finding_in_words(finding: Mapping[str, Any], measures: Sequence[Row]) -> str:
    """Return "zoo:latent: women 12 % [9, 16] of 400; labour statistics: 38 %; beside an even share: noise floor 4 %,
    q < 0.001" of a finding; of one that is no share, its figure in its own unit.

    `measures` are those of its run: what the share is held against is looked for there, published shares first, then
    the training data, its captions, and an even share.
    """
    measure, value = finding.get("measure"), finding.get("value")
    low, high, n = (finding.get(one) for one in ("low", "high", "n"))
    reference = best_reference(finding, measures) if measure == SHARE and value is not None else None
    if measure == SHARE:
        figure = f"{several(str(finding.get('group')))} {percent_of(value, low, high, n)}"
    else:
        figure = figure_of(measure, value, low, high, n)
    subject = subject_name(str(finding.get("subject") or ""))
    words = f"{subject}: {figure}" if subject else figure
    sure = [] if finding.get("floor") is None else [f"noise floor {floor_of(measure, finding['floor'])}"]
    sure += [] if finding.get("q") is None else [q_value(finding["q"])]
    words += reference_in_words(str(finding.get("slice")), reference)
    beside = "beside an even share: " if reference is not None and reference.key != EVEN else ""
    return f"{words}; {beside}{', '.join(sure)}" if sure else words


def best_reference(finding: Mapping[str, Any], measures: Sequence[Row]) -> ReferenceShares | None:
    """Return what the share of `finding` is best held against, among those that speak of its slice; None without. A
    share of a source of the data is held against published ones alone."""
    place = Place(*(str(finding.get(one)) for one in Place._fields))
    known = [one for one in reference_shares(measures, place) if finding.get("slice") in one.shares]
    if place.subject.startswith(DATA):
        known = [one for one in known if _rank(one.key) == _PUBLISHED]
    return min(known, key=lambda one: _rank(one.key), default=None)


def _rank(key: str) -> int:
    return _RANKS.get(key, _SOURCE if key.startswith(DATA) else _PUBLISHED)
