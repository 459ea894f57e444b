"""What reviews say so far: shares they correct, annotators against people, and whether people agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dashboards.reviewing.reading import evidence
from dashboards.runs import Listed
from dashboards.tiles import show_table, show_text
from toolkit.audit.reviewing.drawn import review_rows
from toolkit.audit.reviewing.log import Action
from toolkit.audit.reviewing.reviewable import Reviewable
from toolkit.audit.reviewing.standing import Agreed, Standing, standing
from toolkit.report.sections.people import bears
from toolkit.report.wording import AGREEMENT, figure_of, percent_of, plain_name, subject_name, tone_name


def show_figures(chosen: Listed, found: Reviewable, actions: Sequence[Action]) -> None:
    """Show what the reviews of the pictures `found` say by now, by the functions of an audit."""
    rows = [row for row in review_rows(actions) if row["attribute"] == found.attribute]
    so_far = standing(evidence(chosen, found), rows)
    _show_shares(so_far)
    for one in so_far.annotators:
        _show_annotator(one)
    for row in so_far.agreement:
        show_text(f"{subject_name(row['subject'])}: {_agreement(row)}")
    if not so_far.annotators:
        show_text("No picture drawn at random was reviewed yet, and only those say anything of the others.")


def _show_shares(so_far: Standing) -> None:
    read = {_place(row): row for row in so_far.read}
    told = [row for row in so_far.shares if row["value"] is not None]
    show_table(
        ["Subject", "Share of", "Annotator", "As it reads them", "Corrected by reviews"],
        [
            [
                subject_name(row["subject"]),
                tone_name(row["group"]),
                plain_name(row["annotator"]),
                _figure(read.get(_place(row))),
                percent_of(row["value"], row["low"], row["high"], None),
            ]
            for row in told
        ],
    )
    if told:
        show_text(
            "Prediction-powered, of the pictures in which people could tell, with 95 % intervals. They hold for a "
            "number of reviews that was fixed beforehand, not for one at which somebody liked the figure."
        )
    for why in dict.fromkeys((row["subject"], row["not_measurable"]) for row in so_far.shares if row["value"] is None):
        show_text(f"{subject_name(why[0])}: not corrected yet: {why[1]}.")


def _place(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["subject"], row["group"], row["annotator"]


def _figure(row: Mapping[str, Any] | None) -> str:
    if row is None or row["value"] is None:
        return "not told"
    return percent_of(row["value"], row.get("low"), row.get("high"), row["n"])


def _show_annotator(one: Agreed) -> None:
    told = one.calibration
    words = f"{plain_name(told.annotator)}, {told.source}: "
    if one.agreement is None:
        words += "its agreement is not told before people have seen all that it reads."
    else:
        words += f"reads what people see in {percent_of(*one.agreement, told.told)} that both could tell."
    show_text(words)
    labels = list(dict.fromkeys(label for row in told.confusion.values() for label in row))
    header = ["People see", *(f"reads {tone_name(label)}" for label in labels), "Read so, where it told"]
    show_table(header, [_row(one, truth, labels) for truth in told.confusion])


def _row(one: Agreed, truth: str, labels: Sequence[str]) -> list[str]:
    counts = one.calibration.confusion[truth]
    rate = one.by_value.get(truth)
    read = "not told" if rate is None else percent_of(*rate, None)
    return [tone_name(truth), *(f"{counts.get(label, 0):,}" for label in labels), read]


def _agreement(row: Mapping[str, Any]) -> str:
    if row["value"] is None:
        return f"the agreement of reviewers is not known: {row['not_measurable']}."
    alpha = figure_of(AGREEMENT, row["value"], row["low"], row["high"], None)
    return (
        f"reviewers agree at Krippendorff's alpha {alpha}, on {row['n']:,} pictures; that bears {bears(row['value'])}."
    )
