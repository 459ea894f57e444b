"""All measures of an audit, as rows of one table."""

from __future__ import annotations

from collections.abc import Callable

from toolkit.audit.measuring.adherence import measure_adherence
from toolkit.audit.measuring.amplification import measure_amplification
from toolkit.audit.measuring.association import measure_association
from toolkit.audit.measuring.content import measure_content
from toolkit.audit.measuring.corrected import measure_corrected
from toolkit.audit.measuring.corrected_amplification import measure_corrected_amplification
from toolkit.audit.measuring.corrected_counterfactuals import measure_corrected_counterfactuals
from toolkit.audit.measuring.corrected_curation_amplification import measure_corrected_curation_amplification
from toolkit.audit.measuring.corrected_ledger import measure_corrected_ledger
from toolkit.audit.measuring.counterfactuals import measure_counterfactuals
from toolkit.audit.measuring.curation_amplification import measure_curation_amplification
from toolkit.audit.measuring.diversity import measure_diversity
from toolkit.audit.measuring.evenness import measure_evenness
from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.fidelity import measure_fidelity
from toolkit.audit.measuring.intersections import measure_intersections
from toolkit.audit.measuring.ledger import measure_ledger
from toolkit.audit.measuring.memorisation import measure_memorisation
from toolkit.audit.measuring.people import measure_people
from toolkit.audit.measuring.references import measure_references
from toolkit.audit.measuring.reviewed import measure_reviewed
from toolkit.audit.measuring.rows import Row, adjust, row_key
from toolkit.audit.measuring.shares import measure_shares
from toolkit.audit.measuring.unsafe import measure_unsafe

FAMILIES: tuple[Callable[[Evidence], list[Row]], ...] = (
    measure_shares,
    measure_evenness,
    measure_corrected,
    measure_reviewed,
    measure_people,
    measure_unsafe,
    measure_references,
    measure_intersections,
    measure_ledger,
    measure_corrected_ledger,
    measure_counterfactuals,
    measure_corrected_counterfactuals,
    measure_content,
    measure_diversity,
    measure_fidelity,
    measure_amplification,
    measure_curation_amplification,
    measure_corrected_amplification,
    measure_corrected_curation_amplification,
    measure_adherence,
    measure_memorisation,
    measure_association,
)


def measure(evidence: Evidence) -> list[Row]:
    """Return the rows of the measures table, of every family of figures, in key order, `q` filled in."""
    rows = [row for family in FAMILIES for row in family(evidence)]
    adjust(rows)
    return sorted(rows, key=row_key)
