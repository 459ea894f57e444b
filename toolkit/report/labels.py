"""What the annotators said of each picture, ready to be shown beside it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

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
    rows = holder.read("labels", columns=[*columns, "instance"])
    rows = rows.filter(pc.less_equal(rows["instance"], 1))
    likeliest, chances = _chances(rows["probabilities"].combine_chunks(), rows["value"].combine_chunks())
    told = (rows[name].to_pylist() for name in ("annotator", "attribute", "value"))
    abstained = pc.fill_null(rows["abstained"], fill_value=False).to_pylist()
    labels = map(Label, *told, chances, abstained, likeliest)
    found: dict[tuple[str, str], list[Label]] = {}
    for kind, name, label in zip(
        *(rows[one].to_pylist() for one in ("subject_kind", "subject_id")), labels, strict=True
    ):
        found.setdefault((kind, name), []).append(label)
    for several in found.values():
        several.sort(key=lambda one: (one.attribute, one.annotator))
    return found


def _chances(probabilities: pa.MapArray, values: pa.Array) -> tuple[list[str | None], list[float | None]]:
    """Return the likeliest value of each row, the first of several, and the probability of its value of `values`, or of
    the likeliest one where that is null; None where there is none. A loop over rows would take ten times as long."""
    lists = probabilities.cast(_ENTRIES)
    sizes = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    entries = pc.list_flatten(lists)
    names, numbers = pc.struct_field(entries, "key"), pc.struct_field(entries, "value").to_numpy(zero_copy_only=False)
    owners, filled = np.repeat(np.arange(len(sizes)), sizes), np.flatnonzero(sizes)
    starts = (np.cumsum(sizes) - sizes)[filled]
    most = np.full(len(sizes), np.nan)
    if len(filled):
        most[filled] = np.maximum.reduceat(numbers, starts)
    likeliest = _first(numbers == most[owners], owners, len(sizes))
    wanted = pc.if_else(pc.is_valid(values), values, names.take(likeliest))
    of_value = _first(pc.equal(names, wanted.take(pa.array(owners))).to_numpy(zero_copy_only=False), owners, len(sizes))
    return names.take(likeliest).to_pylist(), pa.array(numbers).take(of_value).to_pylist()


def _first(wanted: NDArray[np.bool_], owners: NDArray[np.int64], size: int) -> pa.Array:
    """Return the first `wanted` place of each of `size` owners, null where there is none."""
    places = np.flatnonzero(wanted)
    first = np.full(size, -1)
    first[owners[places[::-1]]] = places[::-1]  # of several in one place the last one written stays
    return pa.array(first, mask=first < 0)


_ENTRIES = pa.list_(pa.struct([("key", pa.string()), ("value", pa.float64())]))
