"""Overview: which runs there are, how far to trust their figures, and the strongest findings."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboards import data
from dashboards.runs import Listed
from dashboards.tiles import show_problem, show_table, show_text
from toolkit.report.behind import value_of
from toolkit.report.measured import NOT_TOLD, SHARE
from toolkit.report.validity import KINDS, Annotated, trust_in_words
from toolkit.report.wording import figure_of, floor_of, percent, plain_name, q_value, subject_name

STRONGEST = 5
UNREAD = ("share_abstained", "share_outside_human_skin")  # findings that are of the pictures that were not told


def show(runs: dict[str, Listed], chosen: Listed, bias_page: Any) -> None:
    """Show all `runs`, then the figures of the `chosen` one; each finding leads to its pictures on `bias_page`."""
    st.title("Whom do these pictures show?")
    if chosen.problem is not None:
        show_problem(f"{chosen.name} cannot be read. {chosen.problem}")
    else:
        _show_trust(chosen)
        _show_findings(chosen, bias_page)
    st.subheader("Runs")
    show_table(["Run", "State", "Stages", "Tables"], [_run_row(one) for one in runs.values()])


def _run_row(one: Listed) -> list[str]:
    state = "cannot be read" if one.problem else "finished"
    if one.unfinished:
        state = f"unfinished: {', '.join(one.unfinished)}"
    return [one.name, state, ", ".join(one.stages), ", ".join(map(plain_name, one.tables))]


def _show_trust(chosen: Listed) -> None:
    trust = data.trust(chosen)
    if not trust.annotated and not trust.samples:
        show_text(f"{chosen.name} holds no audit; look at its curation and its gallery.")
        return
    show_text(trust_in_words(trust))
    header = ["Attribute", "Annotator", "Pictures", "Labels", "Abstained"]
    show_table(header, [_annotated_row(one) for one in trust.annotated])


def _annotated_row(one: Annotated) -> list[str]:
    kind = KINDS.get(one.subject_kind, one.subject_kind)
    abstained = f"{one.abstained:,} ({percent(one.abstained / one.labels)})"
    return [one.attribute, plain_name(one.annotator), kind, f"{one.labels:,}", abstained]


def _show_findings(chosen: Listed, bias_page: Any) -> None:
    found = data.findings(chosen)[:STRONGEST]
    if not found:
        return
    st.subheader("Strongest findings")
    shown = {(row["subject"], row["attribute"]) for row in data.audited(chosen).measures if row["measure"] == SHARE}
    for one in found:
        with st.container(border=True):
            show_text(str(one["title"]), kind="strong")
            show_text(_figures(one))
            if (one.get("subject"), one.get("attribute")) in shown:
                st.page_link(bias_page, label="See the pictures →", query_params=_address(one, chosen))


def _figures(one: dict[str, Any]) -> str:
    words = [subject_name(str(one.get("subject", "")))]
    words.append(figure_of(one.get("measure"), one.get("value"), one.get("low"), one.get("high"), one.get("n")))
    if one.get("floor") is not None:
        words.append(f"noise floor {floor_of(one.get('measure'), one['floor'])}")
    if one.get("q") is not None:
        words.append(q_value(one["q"]))
    return " · ".join(word for word in words if word)


def _address(one: dict[str, Any], chosen: Listed) -> dict[str, str]:
    keys = ("subject", "attribute", "annotator", "slice")
    address = {"run": chosen.name} | {key: str(one[key]) for key in keys if one.get(key) is not None}
    if one.get("group") is not None:
        address["group"] = value_of(one)
    return address | {"read": NOT_TOLD} if one.get("measure") in UNREAD else address
