"""What a reader sees before any figure: pictures, abstentions, who was calibrated, what is missing, what to beware."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from toolkit.report.json_rows import read_calibration
from toolkit.report.measured import RAW, SHARE, Row, is_census, measure_rows
from toolkit.report.sections.section import all_reasons
from toolkit.report.subjects import DATA
from toolkit.report.summary import cautions
from toolkit.report.validity import KINDS, Annotated, Validity, validity
from toolkit.report.wording import count, percent, plain_name
from toolkit.store import RunFolder

BUNDLED = "zoo:"
PAINTED, OF_DATA = "sample", ("pair", "dropped")


class Ruler(NamedTuple):
    """What one annotator read of one attribute on one kind of picture, the `corrections` of its shares that could be
    measured, and on how many pictures of `known` truth it was tried, of which it read the share `agreement` as named;
    None where it never was."""

    read: Annotated
    corrections: tuple[str, ...]
    known: int
    agreement: float | None


class Banner(NamedTuple):
    """The counts of `trust`; its `rulers`; how many figures are missing for each reason, the commonest first; the same
    in words, `missing`, with what each is of; and `cautions`, a sentence each."""

    trust: Validity
    rulers: tuple[Ruler, ...]
    reasons: tuple[tuple[str, int], ...]
    missing: tuple[str, ...]
    cautions: tuple[str, ...]

    @property
    def pictures(self) -> int:
        """How many pictures were painted, those that failed left out."""
        return self.trust.samples - self.trust.failed

    @property
    def unmeasured(self) -> int:
        """How many figures could not be measured."""
        return sum(number for _, number in self.reasons)


def banner(run: RunFolder) -> Banner:
    """Return what a reader must know before any figure of `run`; every measure counts as a figure, not shares alone."""
    rows, trust = measure_rows(run), validity(run)
    missing = [row for row in rows if row["value"] is None and row["not_measurable"]]
    reasons = Counter(str(row["not_measurable"]) for row in missing)
    known = read_calibration(run)
    return Banner(
        trust,
        tuple(_ruler(one, rows, known) for one in sorted(trust.annotated, key=lambda one: one.subject_kind != PAINTED)),
        tuple(sorted(reasons.items(), key=lambda one: (-one[1], one[0]))),
        tuple(all_reasons(missing)),
        tuple(beware(rows)),
    )


def _ruler(read: Annotated, rows: Sequence[Row], calibration: Iterable[dict[str, Any]]) -> Ruler:
    own = (read.annotator, read.attribute)
    corrections = {
        str(row["correction"])
        for row in rows
        if row["measure"] == SHARE
        and (row["annotator"], row["attribute"]) == own
        and row["correction"] != RAW
        and row["value"] is not None
        and str(row["subject"]).startswith(DATA) == (read.subject_kind != PAINTED)
    }
    tried = [
        one
        for one in calibration
        if (one["annotator"], one.get("attribute")) == own and one.get("agreement") is not None
    ]
    known = sum(int(one.get("told") or 0) for one in tried)
    right = sum(one["agreement"] * (one.get("told") or 0) for one in tried)
    return Ruler(read, tuple(sorted(corrections)), known, right / known if known else None)


def beware(rows: Sequence[Row]) -> list[str]:
    """Return why figures of measures `rows` have to be taken with care, a sentence each: a model that only shows how
    things work, shares that nothing corrects, many abstentions, pictures too few to tell."""
    bundled = sorted({str(row["subject"]) for row in rows if str(row["subject"]).startswith(BUNDLED)})
    found = [
        f"{name} is a small bundled model, to try everything offline: its figures show how an audit works."
        for name in bundled
    ]
    return found + cautions([row for row in rows if not is_census(row)])


def abstentions_in_words(annotated: Sequence[Annotated]) -> str:
    """Return "34 % of 2,400 labels on painted pictures; 22 % of 900 labels on pictures of the data"; those on pictures
    of known truth are left out."""
    words = []
    for kinds, whose in (((PAINTED,), "labels on painted pictures"), (OF_DATA, "labels on pictures of the data")):
        own = [one for one in annotated if one.subject_kind in kinds]
        labels = sum(one.labels for one in own)
        if labels:
            words.append(f"{percent(sum(one.abstained for one in own) / labels)} of {labels:,} {whose}")
    return "; ".join(words)


def calibrated_in_words(rulers: Sequence[Ruler]) -> str:
    """Return "1 of 2 annotators and attributes" whose shares are corrected, of those that read painted pictures; of all
    where nothing was painted."""
    own = [one for one in rulers if one.read.subject_kind == PAINTED] or list(rulers)
    corrected = sum(bool(one.corrections) for one in own)
    return f"{corrected:,} of {count(len(own), 'reading')}"


def ruler_cells(one: Ruler) -> tuple[str, ...]:
    """Return what an annotator read as cells: attribute, annotator, kind of picture, labels, abstained, whether its
    shares are corrected, and what it does with pictures of known truth."""
    read = one.read
    abstained = f"{read.abstained:,} ({percent(read.abstained / read.labels)})" if read.labels else "0"
    known = f"reads {percent(one.agreement)} of {one.known:,} as named" if one.known else "never tried"
    kind = KINDS.get(read.subject_kind, read.subject_kind)
    corrected = ", ".join(map(plain_name, one.corrections)) or "no"
    return read.attribute, plain_name(read.annotator), kind, f"{read.labels:,}", abstained, corrected, known


def reasons_in_words(found: Banner) -> list[str]:
    """Return how many figures are missing for each reason, the commonest first, then of what each is."""
    counted = [f"{count(number, 'figure')}: {why}" for why, number in found.reasons]
    return [*counted, *([""] if found.missing else []), *found.missing]
