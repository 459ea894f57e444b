"""The banner above all figures of a run: how far they can be trusted."""

from __future__ import annotations

import streamlit as st

from dashboards.tiles import show_facts, show_folded, show_table, show_text
from toolkit.report.banner import Banner, abstentions_in_words, calibrated_in_words, reasons_in_words, ruler_cells
from toolkit.report.validity import asked_in_words
from toolkit.report.wording import count

HEADER = ("Attribute", "Annotator", "Pictures", "Labels", "Abstained", "Corrected", "On known pictures")
NAME = "validity"  # of the box, which the screenshots and tests look for


def show_banner(found: Banner) -> None:
    """Show how many pictures there are, who could not tell, who is calibrated, what is missing, what to beware of."""
    missing = f"{count(found.unmeasured, 'figure')}, for {count(len(found.reasons), 'reason')}"
    with st.container(border=True, key=NAME):
        facts = [
            ("Pictures painted", f"{found.pictures:,}; {found.trust.failed:,} failed"),
            ("Could not be told", abstentions_in_words(found.trust.annotated) or "nobody looked"),
            ("Corrected for errors", calibrated_in_words(found.rulers)),
            ("Not measurable", missing if found.unmeasured else "nothing"),
        ]
        show_facts(facts)
        show_text(asked_in_words(found.trust))
        if found.cautions:
            show_text(*found.cautions, kind="li")
        show_table(HEADER, [ruler_cells(one) for one in found.rulers])
        if found.unmeasured:
            show_folded(f"{missing}: what could not be measured, and why", "\n".join(reasons_in_words(found)))
