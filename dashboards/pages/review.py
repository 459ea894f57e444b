"""Review: people say what pictures show, one key a picture, without knowing what anybody else says."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboards.choices import switch
from dashboards.reviewing.figures import show_figures
from dashboards.reviewing.picture import PROBLEM, show_answers, show_picture, show_undo
from dashboards.reviewing.task import QUEUE_NAMES, Task, choose_task, forget_name
from dashboards.runs import Listed
from dashboards.tiles import show_problem, show_text
from toolkit.audit.reviewing.drawn import COLUMNS, review_rows
from toolkit.audit.reviewing.log import Action, ReviewLog
from toolkit.audit.reviewing.queues import RANDOM, UNCERTAIN
from toolkit.audit.reviewing.training_set import training_set, uncertain_verdicts
from toolkit.audit.subjects import SAMPLE
from toolkit.errors import RunError
from toolkit.report.measures_csv import csv_table
from toolkit.report.pictures import pair_pictures, sample_pictures
from toolkit.report.wording import count

USES = {
    RANDOM: "Pictures come in a random order, the same for all; these reviews alone estimate shares and errors.",
    UNCERTAIN: "Pictures come as an annotator is least sure of them; these reviews train probes and enter no figure.",
}


def show(chosen: Listed) -> None:
    """Show a picture of the run `chosen` to review, and what reviews say so far."""
    st.title("Review")
    try:
        task = choose_task(chosen)
        actions = ReviewLog(chosen.path).standing()
    except RunError as error:
        show_problem(str(error))
        return
    if task is None:
        return
    if problem := st.session_state.pop(PROBLEM, None):
        show_problem(problem)
    _show_progress(task, actions)
    name = task.next(actions)
    left, right = st.columns([2, 3])
    if name is None:
        show_text("You have reviewed all of this queue.", kind="strong")
    else:
        with left:
            show_picture(chosen, task, name)
        with right:
            show_text(f"{task.found.attribute.capitalize()}: what do you see?", kind="strong")
            show_answers(chosen, task, name)
    with right:
        show_undo(chosen, task)
    _show_so_far(chosen, task, actions)
    _show_downloads(chosen, task, actions)


def _show_progress(task: Task, actions: Sequence[Action]) -> None:
    mine, anybody = task.done(actions)
    show_text(
        f"{task.reviewer}: {mine:,} of {count(len(task.order), 'picture')}, {QUEUE_NAMES[task.queue]}; "
        f"{anybody:,} by anybody. {USES[task.queue]}"
    )


def _show_so_far(chosen: Listed, task: Task, actions: Sequence[Action]) -> None:
    words = "Show what all reviews say so far (knowing it may sway you)"
    if switch(words, key="figures", value="shown"):
        show_figures(chosen, task.found, actions)


def _show_downloads(chosen: Listed, task: Task, actions: Sequence[Action]) -> None:
    rows = review_rows(actions)
    with st.container(horizontal=True):
        st.button("Change name", key="change name", on_click=forget_name)
        st.download_button(
            "Export all reviews as CSV",
            lambda: csv_table(COLUMNS, rows),
            file_name="reviews.csv",
            mime="text/csv",
            on_click="ignore",
            disabled=not rows,
        )
        said = uncertain_verdicts(rows, task.found.kind, task.found.attribute)
        if said:
            read = sample_pictures if task.found.kind == SAMPLE else pair_pictures
            st.download_button(
                f"Training set for linear-probe ({count(len(said), 'picture')}, Parquet)",
                lambda: training_set(task.found, said, read(chosen.run, list(said))),
                file_name="reviewed.parquet",
                on_click="ignore",
            )
