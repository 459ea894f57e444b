"""What the annotators said of each picture, ready to be shown beside it."""

from __future__ import annotations

from typing import NamedTuple

from toolkit.report.wording import percent, tone_name
from toolkit.store import RunFolder


class Label(NamedTuple):
    """One annotator's word on one picture: `value` with its `probability` in [0, 1], or `abstained`."""

    annotator: str
    attribute: str
    value: str | None
    probability: float | None
    abstained: bool

    def words(self) -> str:
        """Return "woman, 93 %", or "not told" where the annotator abstained."""
        if self.abstained or self.value is None:
            return "not told"
        shown = tone_name(self.value)
        return shown if self.probability is None else f"{shown}, {percent(self.probability)}"


def labels_by_picture(run: RunFolder) -> dict[tuple[str, str], list[Label]]:
    """Return the labels of `run` by (kind of subject, id), each list ordered by attribute and annotator."""
    if not run.has("labels"):
        return {}
    columns = ["subject_kind", "subject_id", "annotator", "attribute", "value", "probabilities", "abstained"]
    found: dict[tuple[str, str], list[Label]] = {}
    for row in run.read("labels", columns=columns).to_pylist():
        probability = dict(row["probabilities"] or []).get(row["value"])
        label = Label(row["annotator"], row["attribute"], row["value"], probability, bool(row["abstained"]))
        found.setdefault((row["subject_kind"], row["subject_id"]), []).append(label)
    return {key: sorted(labels, key=lambda one: (one.attribute, one.annotator)) for key, labels in found.items()}
