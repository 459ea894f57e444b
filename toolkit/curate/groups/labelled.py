"""Groups by the labels that an audit gave to the pictures of a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from toolkit.curate.groups.word_lists import SEPARATOR
from toolkit.store import open_run

PAIR = "pair"


class Labelled(NamedTuple):
    """What one annotator saw in pictures: `values` of `attribute`, joined, for each of `sample_ids`."""

    attribute: str
    annotator: str
    sample_ids: pa.Array
    values: pa.Array

    def of(self, sample_ids: pa.Array) -> pa.Array:
        """Return the value of each of `sample_ids`, null where it was not labelled or the annotator abstained."""
        return self.values.take(pc.index_in(sample_ids, value_set=self.sample_ids))


def read_labelled(run: str | None) -> Sequence[Labelled]:
    """Return the labels of dataset pictures that the run folder `run` holds, an entry an annotator and attribute.

    A picture of several people has all their values. Raises RunError where `run` holds no labels.
    """
    if run is None:
        return ()
    columns = ["subject_kind", "subject_id", "annotator", "attribute", "value", "abstained"]
    labels = open_run(run, needs=["labels"]).read("labels", columns=columns)
    told = pc.and_(
        pc.equal(labels["subject_kind"], PAIR), pc.invert(pc.fill_null(labels["abstained"], pa.scalar(value=False)))
    )
    some = labels.filter(pc.and_(told, pc.is_valid(labels["value"])))
    kinds = some.select(["attribute", "annotator"]).group_by(["attribute", "annotator"]).aggregate([])
    found = []
    for kind in kinds.sort_by([("attribute", "ascending"), ("annotator", "ascending")]).to_pylist():
        of_kind = pc.and_(
            pc.equal(some["attribute"], kind["attribute"]), pc.equal(some["annotator"], kind["annotator"])
        )
        values = some.filter(of_kind).group_by("subject_id").aggregate([("value", "distinct")])
        joined = [SEPARATOR.join(sorted(one)) for one in values["value_distinct"].to_pylist()]
        ids = values["subject_id"].combine_chunks()
        found.append(Labelled(kind["attribute"], kind["annotator"], ids, pa.array(joined, pa.string())))
    return tuple(found)
