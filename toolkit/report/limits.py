"""What the figures of a run do not say: what could not be measured, who could not tell, and what is uncorrected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from toolkit.report.json_rows import read_calibration
from toolkit.report.measured import RAW, SHARE, Row, is_census, measure_rows
from toolkit.report.sections.section import all_reasons
from toolkit.report.tiles import READS_CAPTIONS
from toolkit.report.validity import Annotated, Validity, validity
from toolkit.report.wording import count, percent, plain_name, subject_name
from toolkit.store import RunFolder


class Limits(NamedTuple):
    """What a reader has to know of the figures of a run: the counts of `trust`, those of its annotators that abstain,
    whose shares are `uncorrected` in words, and why figures are `missing`, in words."""

    trust: Validity
    abstained: tuple[Annotated, ...]
    uncorrected: tuple[str, ...]
    missing: tuple[str, ...]


def limits(run: RunFolder) -> Limits:
    """Return the limits of `run`; those of every measure, not of shares alone."""
    rows, trust = measure_rows(run), validity(run)
    abstained = sorted((one for one in trust.annotated if one.abstained), key=lambda one: -one.abstained / one.labels)
    said = uncorrected(rows, read_calibration(run))
    return Limits(trust, tuple(abstained), tuple(said), tuple(all_reasons(rows)))


def uncorrected(rows: Sequence[Row], calibration: Sequence[dict[str, Any]]) -> list[str]:
    """Return a sentence for each annotator, attribute and model whose shares nothing corrects, with how often the
    annotator agrees with known pictures, of `calibration`, if any."""
    shares = [row for row in rows if row["measure"] == SHARE and not is_census(row) and row["value"] is not None]
    corrected = {_ruled(row) for row in shares if row["correction"] != RAW}
    raw = dict.fromkeys(
        _ruled(row) for row in shares if row["correction"] == RAW and row["annotator"] != READS_CAPTIONS
    )
    return [
        f"{plain_name(annotator)} reads {attribute} of {subject_name(subject)} uncorrected; "
        f"{_agreement(annotator, attribute, calibration)}"
        for subject, attribute, annotator in raw
        if (subject, attribute, annotator) not in corrected
    ]


def _ruled(row: Row) -> tuple[str, str, str]:
    return row["subject"], row["attribute"], row["annotator"]


def _agreement(annotator: str, attribute: str, calibration: Sequence[dict[str, Any]]) -> str:
    known = [
        f"{percent(one['agreement'])} of {count(one['told'] or 0, 'picture')} of {subject_name(one['source'])}"
        for one in calibration
        if (one["annotator"], one.get("attribute")) == (annotator, attribute) and one.get("agreement") is not None
    ]
    if not known:
        return "it was never tried on pictures of known truth."
    return f"it reads known pictures as they are named: {', '.join(known)}."
