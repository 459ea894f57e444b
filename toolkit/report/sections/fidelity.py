"""The table of how near a model's pictures are to the data's, as a set, beside the data's own two halves."""

from __future__ import annotations

from collections.abc import Sequence

from toolkit.report.sections.section import Row, Section, by_chance, by_place, concept, number, section, share
from toolkit.report.wording import plain_name, subject_name

KID, FID = "kid", "fid"
PARTS = ("manifold_precision", "manifold_recall")
MEASURES = (KID, FID, *PARTS, "density", "coverage")
HALVES = "halves"


def fidelity(rows: Sequence[Row]) -> Section | None:
    """Return the distances and manifolds of every model and concept that has them, each beside its floor."""
    behind = [row for row in rows if row["measure"] in MEASURES]
    found = []
    for (subject, name, _, annotator, *_), some in by_place(behind).items():
        told = [row for row in some.values() if row["value"] is not None]
        if not told:
            continue
        counts = str(told[0]["reference"] or "").partition(" pictures a side")[0]
        found.append(
            [subject_name(subject), concept(name), plain_name(annotator), counts,
             _distance(some.get(KID)), _distance(some.get(FID)),
             *(share(some.get(one)) + by_chance(some.get(one), HALVES) for one in PARTS),
             _distance(some.get("density"), 2), share(some.get("coverage")) + by_chance(some.get("coverage"), HALVES)]
        )  # fmt: skip
    head = ("Model", "Concept", "Seen by", "#Pictures a side", "#KID", "#FID", "#Precision", "#Recall", "#Density",
            "#Coverage")  # fmt: skip
    words = (
        "At one number of pictures a side. In brackets after “halves” what two random halves of the data show: no "
        "model needs to do better. KID and FID are distances, smaller is nearer; precision is the share of the model's "
        "pictures that lie among the data's, recall and coverage the share of the data's that the model comes near."
    )
    return section("fidelity", "How near to the data, as a set", words, head, found, behind=behind)


def _distance(row: Row | None, digits: int = 3) -> str:
    said = number(row, digits)
    if row is None or row["value"] is None or row["floor"] is None:
        return said
    return f"{said} ({HALVES} {row['floor']:.{digits}f})"
