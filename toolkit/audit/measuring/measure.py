"""All measures of an audit, as rows of one table."""

from __future__ import annotations

from collections.abc import Callable

from toolkit.audit.measuring.corrected import measure_corrected
from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.ledger import measure_ledger
from toolkit.audit.measuring.rows import Row, adjust, row_key
from toolkit.audit.measuring.shares import measure_shares

FAMILIES: tuple[Callable[[Evidence], list[Row]], ...] = (
    measure_shares,
    measure_corrected,
    measure_ledger,
)


def measure(evidence: Evidence) -> list[Row]:
    """Return the rows of the measures table, of every family of figures, in key order, `q` filled in."""
    rows = [row for family in FAMILIES for row in family(evidence)]
    adjust(rows)
    return sorted(rows, key=row_key)
