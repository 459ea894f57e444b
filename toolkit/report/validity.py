"""How far the figures can be trusted: pictures painted and failed, labels and abstentions, what is uncorrected."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from toolkit.report.measured import RAW, Missing, measure_rows, not_measurable
from toolkit.report.wording import count
from toolkit.store import RunFolder

UNCORRECTED = "uncorrected: no calibration pictures of the generator's own domain"
# What the kinds of pictures that are labelled are called.
KINDS = {"sample": "painted", "pair": "dataset", "dropped": "dataset, dropped", "calibration": "of known truth"}


class Annotated(NamedTuple):
    """Labels that one annotator gave for one attribute on one kind of picture, and how many of them abstain."""

    subject_kind: str
    attribute: str
    annotator: str
    labels: int
    abstained: int


class Validity(NamedTuple):
    """Counts of `samples` asked for and `failed`, of labels, the corrections in use, and what was not measurable."""

    samples: int
    failed: int
    annotated: tuple[Annotated, ...]
    corrections: tuple[str, ...]
    not_measurable: tuple[Missing, ...]

    @property
    def statement(self) -> str:
        """One line on correction for the reader."""
        if not self.corrections:
            return "nothing was measured"
        ways = [one for one in self.corrections if one != RAW]
        return UNCORRECTED if not ways else f"raw shares, and beside them corrected ones ({', '.join(ways)})"


def validity(run: RunFolder) -> Validity:
    """Return what a reader must know before any figure of `run`."""
    samples = failed = 0
    holder = run.find("samples")
    if holder is not None:
        errors = holder.read("samples", columns=["error"])["error"]
        samples, failed = len(errors), len(errors) - errors.null_count
    rows = measure_rows(run)
    corrections = tuple(sorted({row["correction"] for row in rows}))
    return Validity(samples, failed, _annotated(run), corrections, not_measurable(rows))


def trust_in_words(trust: Validity) -> str:
    """Return in a few sentences how many pictures there are and whether figures are corrected or missing."""
    words = [asked_in_words(trust)]
    if trust.not_measurable:
        words.append(f"{count(sum(one.slices for one in trust.not_measurable), 'share')} could not be measured.")
    return " ".join(words)


def asked_in_words(trust: Validity) -> str:
    """Return how many pictures were asked for and whether figures are corrected."""
    words = [f"{count(trust.samples, 'picture')} asked for, {trust.failed:,} failed."] if trust.samples else []
    words.append(f"Figures are {trust.statement}. They say how a picture is perceived, never who a person is.")
    return " ".join(words)


def _annotated(run: RunFolder) -> tuple[Annotated, ...]:
    holder = run.find("labels")
    if holder is None:
        return ()
    columns = ["subject_kind", "attribute", "annotator"]
    labels = holder.read("labels", columns=[*columns, "abstained"])
    rows = labels.set_column(3, "abstained", labels["abstained"].cast("int64"))
    grouped = rows.group_by(columns).aggregate([([], "count_all"), ("abstained", "sum")])
    counted: Counter[tuple[str, str, str]] = Counter()
    abstained: Counter[tuple[str, str, str]] = Counter()
    for row in grouped.to_pylist():
        key = (row["subject_kind"], row["attribute"], row["annotator"])
        counted[key] += row["count_all"]
        abstained[key] += row["abstained_sum"] or 0
    return tuple(Annotated(*key, counted[key], abstained[key]) for key in sorted(counted))
