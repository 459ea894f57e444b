"""Where a finding leads: the page that shows its rows, and the query parameters that open it on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from dashboards.views import ALONE, MEMORY, PIXELS, RATES
from toolkit.audit.recipe import OF_PEOPLE
from toolkit.report.behind import AND
from toolkit.report.crossed import EXCESS
from toolkit.report.ledger_flow import RESPONSIBLE
from toolkit.report.measured import NOT_TOLD, OUTSIDE_SHARE, RAW, SHARE, Place, Row
from toolkit.report.reference_shares import DIFFERENCE, reference_shares
from toolkit.report.retention import Retained
from toolkit.report.sections.content import BETWEEN, FROM_DATA
from toolkit.report.sections.pictures import HELD_OUT, NEIGHBOURS
from toolkit.report.style_effects import EFFECT
from toolkit.report.tiles import READS_CAPTIONS
from toolkit.report.wording import plain_name

BIAS, COMPARE, DIVERSITY, INTERSECTIONS = "bias", "compare", "diversity", "intersections"
LEDGER, METHODS, RETENTION, SAFETY = "ledger", "methods", "retention", "safety"
PLACE = ("subject", "attribute", "annotator", "slice", "group")
ABSTAINED = "share_abstained"
KEY = ("subject", "slice", "attribute", "group", "measure", "annotator", "correction")


class Link(NamedTuple):
    """A `page` of the menu, the `query` that opens it on the rows of a finding, and what the link says."""

    page: str
    query: dict[str, str]
    words: str


def link_of(finding: Mapping[str, Any], measures: Sequence[Row]) -> Link:
    """Return where `finding` leads, of a run with these `measures`; one that no page is about leads to the table of
    every figure."""
    return LINKS.get(str(finding.get("measure")), _to_figure)(finding, measures)


def retention_link(one: Retained) -> Link:
    """Return where a group that curation leaves out leads."""
    attribute = f"{plain_name(one.attribute)} ({one.annotator})"
    return Link(RETENTION, {"attribute": attribute, "rule": one.rule, "group": one.group}, "See whom it took")


def _place(finding: Mapping[str, Any], *but: str) -> dict[str, str]:
    return {key: str(finding[key]) for key in PLACE if key not in but and finding.get(key) is not None}


def _to_share(finding: Mapping[str, Any], measures: Sequence[Row]) -> Link:
    if finding.get("attribute") in OF_PEOPLE or finding.get("annotator") == READS_CAPTIONS:
        return Link(BIAS, _place(finding), PICTURES)
    return Link(SAFETY, {"view": RATES} | _place(finding), PICTURES)


def _to_unread(finding: Mapping[str, Any], measures: Sequence[Row]) -> Link:
    return Link(BIAS, _place(finding, "group") | {"read": NOT_TOLD}, PICTURES)


def _to_reference(finding: Mapping[str, Any], measures: Sequence[Row]) -> Link:
    source = _row_of(finding, measures).get("reference")
    place = Place(*(str(finding.get(one)) for one in Place._fields))
    keys = [
        one.key
        for one in reference_shares(measures, place)
        if source and one.sources.get(str(finding["slice"])) == source
    ]
    return Link(BIAS, _place(finding) | ({"reference": keys[0]} if keys else {}), PICTURES)


def _to_cell(finding: Mapping[str, Any], measures: Sequence[Row]) -> Link:
    first, _, second = str(finding["group"]).partition(AND)
    return Link(INTERSECTIONS, _place(finding, "group") | {"first": first, "second": second}, "See the cell")


def _to_step(finding: Mapping[str, Any], measures: Sequence[Row]) -> Link:
    step = _row_of(finding, measures).get("reference")
    return Link(LEDGER, _place(finding) | ({"step": str(step)} if step else {}), "See the ledger")


def _to_word(finding: Mapping[str, Any], measures: Sequence[Row]) -> Link:
    group, _, word = str(finding["group"]).partition(": ")
    if finding.get("correction") != RAW:  # Compare shows effects as they were read
        return _to_figure(finding, measures)
    query = {"against": ALONE} | _place(finding) | {"group": group, "word": word}
    return Link(COMPARE, query, "See what the word changes")


def _to_scores(finding: Mapping[str, Any], measures: Sequence[Row]) -> Link:
    score = str(finding["group"]).partition(": ")[0]
    query = {"view": PIXELS} | _place(finding, "group", "attribute", "annotator") | {"score": score}
    return Link(SAFETY, query, PICTURES)


def _to_memory(finding: Mapping[str, Any], measures: Sequence[Row]) -> Link:
    query = {"view": MEMORY} | _place(finding, "group", "attribute", "annotator")
    return Link(DIVERSITY, query, "See the nearest training pictures")


def _to_figure(finding: Mapping[str, Any], measures: Sequence[Row]) -> Link:
    measure = {"measure": str(finding["measure"])} if finding.get("measure") else {}
    return Link(METHODS, _place(finding, "group") | measure, "See the figure")


def _row_of(finding: Mapping[str, Any], measures: Sequence[Row]) -> Row:
    """Return the row of measures that `finding` was told from; an empty one where it is not among them."""
    wanted = [finding.get(one) for one in KEY]
    return next((row for row in measures if [row[one] for one in KEY] == wanted), {})


PICTURES = "See the pictures"
LINKS: dict[str, Callable[[Mapping[str, Any], Sequence[Row]], Link]] = {
    SHARE: _to_share,
    OUTSIDE_SHARE: _to_unread,
    ABSTAINED: _to_unread,
    DIFFERENCE: _to_reference,
    EXCESS: _to_cell,
    RESPONSIBLE: _to_step,
    EFFECT: _to_word,
    BETWEEN: _to_scores,
    FROM_DATA: _to_scores,
    NEIGHBOURS: _to_memory,
    HELD_OUT: _to_memory,
}
