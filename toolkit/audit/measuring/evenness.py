"""How evenly the groups of an attribute are shown, by the definitions that others report."""

from __future__ import annotations

from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.rows import UNIFORM, Row, make_row
from toolkit.audit.measuring.tallies import is_census
from toolkit.audit.subjects import ALL
from toolkit.statistics.evenness import MEASURES, evenness


def measure_evenness(evidence: Evidence) -> list[Row]:
    """Return, for every model's place of two groups or more, from raw shares:

    - `mean_absolute_deviation` (DALL-Eval; its maximum depends on the number of groups, so never compare it across
      attributes), `jensen_shannon` from equal shares in bits, `normalized_entropy` (1 where all are equal; OpenBias
      reports 1 minus it), `ratio` of the smallest share to the largest.

    `floor` is what a fair model shows on average at this n. Equal shares are tested once, by `total_variation`. A
    census is described by its shares.
    """
    rows: list[Row] = []
    for place, tally in sorted(evidence.tallies.counts.items()):
        values = evidence.tallies.values[place.annotator, place.attribute]
        if is_census(place.subject) or len(values) < 2:
            continue
        counts = [tally.drawn(value)[0] for value in values]
        if sum(counts) == 0:
            why = f"the annotator abstained on all {tally.abstained} pictures"
            rows += [make_row(place, ALL, name, tally, not_measurable=why) for name in MEASURES]
            continue
        fixed = {"confidence": evidence.confidence, "method": "dirichlet, to equal shares", "reference": UNIFORM}
        rows += [
            make_row(place, ALL, name, tally, **one._asdict(), **fixed)
            for name, one in evenness(counts, evidence.confidence).items()
        ]
    return rows
