"""Reviews of the uncertain queue as pictures to learn from: what `linear_probe.training` of a recipe takes."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from toolkit.audit.reviewing.queues import UNCERTAIN
from toolkit.audit.reviewing.reviewable import Reviewable
from toolkit.audit.reviews import CANNOT_TELL, majority


def uncertain_verdicts(reviews: Sequence[Mapping[str, Any]], kind: str, attribute: str) -> dict[str, str]:
    """Return what most reviewers see in each picture of the uncertain queue, by its id; ties, and pictures in which
    most cannot tell, are left out.

    Random reviews are none of them: an annotator that has learnt from them would be tried on what it has seen.
    """
    last: dict[tuple[str, str], str] = {}
    for row in reviews:
        if (row["subject_kind"], row["attribute"], row["queue"]) == (kind, attribute, UNCERTAIN):
            last[row["subject_id"], row["reviewer"]] = row["value"] or CANNOT_TELL
    ratings: dict[str, list[str]] = {}
    for (name, _), value in sorted(last.items()):
        ratings.setdefault(name, []).append(value)
    agreed = {name: majority(some) for name, some in ratings.items()}
    return {name: value for name, value in agreed.items() if value is not None}


def training_set(found: Reviewable, said: Mapping[str, str], pictures: Mapping[str, bytes]) -> bytes:
    """Return a Parquet file of the `pictures` (their bytes by id) that were `said` to show a value.

    Its columns are image struct<bytes, path>, caption, concept, and one that is called as the attribute.
    """
    rows = [
        {
            "image": {"bytes": pictures[one.subject_id], "path": None},
            "caption": one.caption,
            "concept": one.concept,
            found.attribute: said[one.subject_id],
        }
        for one in found.subjects
        if one.subject_id in said and one.subject_id in pictures
    ]
    image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    texts = [(name, pa.string()) for name in ("caption", "concept", found.attribute)]
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=pa.schema([("image", image), *texts])), sink, compression="zstd")
    return sink.getvalue()
