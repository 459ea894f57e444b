"""What the annotators said of each picture, ready to be shown beside it."""

from __future__ import annotations

from typing import NamedTuple

import pyarrow.compute as pc

from toolkit.report.measured import OUTSIDE
from toolkit.report.wording import percent, tone_name
from toolkit.store import RunFolder


class Label(NamedTuple):
    """One annotator's word on one picture: `value` with its `probability` in [0, 1], or `abstained`.

    `likeliest` is the value of the highest probability, also where the annotator abstained.
    """

    annotator: str
    attribute: str
    value: str | None
    probability: float | None
    abstained: bool
    likeliest: str | None

    def words(self) -> str:
        """Return "woman, 93 %", or where the annotator abstained "not told" with what is likeliest."""
        if not self.abstained and self.value is not None:
            return tone_name(self.value) + (f", {percent(self.probability)}" if self.probability is not None else "")
        if self.likeliest == OUTSIDE:
            return OUTSIDE
        hint = f" ({tone_name(self.likeliest)}?)" if self.likeliest else ""
        return f"not told{hint}"


def labels_by_picture(run: RunFolder) -> dict[tuple[str, str], list[Label]]:
    """Return the labels of `run` by (kind of subject, id), each list ordered by attribute and annotator.

    Of several people in a picture the first stands for it, as it does where pictures are counted.
    """
    holder = run.find("labels")
    if holder is None:
        return {}
    columns = ["subject_kind", "subject_id", "annotator", "attribute", "value", "probabilities", "abstained"]
    found: dict[tuple[str, str], list[Label]] = {}
    rows = holder.read("labels", columns=[*columns, "instance"])
    for row in rows.filter(pc.less_equal(rows["instance"], 1)).to_pylist():
        chances = dict(row["probabilities"] or [])
        likeliest = max(chances, key=chances.__getitem__) if chances else None
        chance = chances.get(row["value"] or likeliest)
        label = Label(row["annotator"], row["attribute"], row["value"], chance, bool(row["abstained"]), likeliest)
        found.setdefault((row["subject_kind"], row["subject_id"]), []).append(label)
    return {key: sorted(labels, key=lambda one: (one.attribute, one.annotator)) for key, labels in found.items()}
