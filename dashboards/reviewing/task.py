"""Who reviews what, and which picture comes next: all of it in the address, so that a reload goes on where it was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

from dashboards.choices import choose
from dashboards.reviewing.reading import to_ask, to_review
from dashboards.runs import Listed
from dashboards.tiles import show_problem
from toolkit.audit.reviewing.log import Action
from toolkit.audit.reviewing.queues import QUEUES, RANDOM, UNCERTAIN, next_of
from toolkit.audit.reviewing.reviewable import Reviewable
from toolkit.report.wording import plain_name

KINDS = {"sample": "painted", "pair": "dataset"}
QUEUE_NAMES = {RANDOM: "drawn at random", UNCERTAIN: "the least certain first"}
LONGEST_NAME = 60


class Task(NamedTuple):
    """What one visit reviews: the pictures `found`, as `reviewer`, from a `queue` whose pictures come in `order`."""

    found: Reviewable
    reviewer: str
    queue: str
    order: tuple[str, ...]

    def next(self, standing: Sequence[Action]) -> str | None:
        """Return the id of the picture that the reviewer sees next; None where none is left.

        Whoever has reviewed a picture at random is not asked again for being uncertain, but never the other way round:
        a random order with gaps is none.
        """
        queues = (RANDOM,) if self.queue == RANDOM else QUEUES
        return next_of(self.order, {one.review.subject_id for one in standing if self._is_mine(one, queues)})

    def done(self, standing: Sequence[Action]) -> tuple[int, int]:
        """Return how many pictures of the queue the reviewer has reviewed, and how many anybody has."""
        here = [one.review for one in standing if self._is_here(one, (self.queue,))]
        mine = {one.subject_id for one in here if one.reviewer == self.reviewer}
        return len(mine), len({one.subject_id for one in here})

    def _is_here(self, one: Action, queues: Sequence[str]) -> bool:
        kind, attribute = one.review.subject_kind, one.review.attribute
        return (kind, attribute) == (self.found.kind, self.found.attribute) and one.review.queue in queues

    def _is_mine(self, one: Action, queues: Sequence[str]) -> bool:
        return one.review.reviewer == self.reviewer and self._is_here(one, queues)


def choose_task(chosen: Listed) -> Task | None:
    """Show the choices, and return what they make; None where the run has nothing to review, or nobody reviews yet."""
    every = to_ask(chosen)
    if not every:
        show_problem(
            f"Annotators read nothing in the pictures of {chosen.name} that people could review; choose a run that "
            "`tain audit` wrote."
        )
        return None
    columns = st.columns(4)
    with columns[0]:
        kind = choose("Pictures", list(dict.fromkeys(kind for kind, _ in every)), key="kind", shown=KINDS.__getitem__)
    with columns[1]:
        attribute = choose("Attribute", [name for one, name in every if one == kind], key="attribute")
    found = to_review(chosen, str(kind), str(attribute))
    with columns[2]:
        queues = QUEUES if any(found.uncertain.values()) else (RANDOM,)
        queue = choose("Queue", queues, key="queue", shown=QUEUE_NAMES.__getitem__) or RANDOM
    order = found.at_random
    with columns[3]:
        if queue == UNCERTAIN:
            unsure = [name for name, ids in found.uncertain.items() if ids]
            order = found.uncertain[choose("Uncertain to", unsure, key="annotator", shown=plain_name) or unsure[0]]
    reviewer = _name()
    return Task(found, reviewer, queue, order) if reviewer else None


def _name() -> str:
    """Return the reviewer's name: from the address, or asked for once, so that no field catches the keys after that."""
    name = " ".join(st.query_params.get("reviewer", "").split())[:LONGEST_NAME]
    if not name:
        st.text_input("Your name", key="typed name", max_chars=LONGEST_NAME, on_change=_keep_name)
        st.caption("It stands beside your reviews, so that the agreement of reviewers can be told. Press Enter.")
    return name


def _keep_name() -> None:
    if name := " ".join(st.session_state["typed name"].split()):
        st.query_params["reviewer"] = name


def forget_name() -> None:
    """Ask for the reviewer's name again."""
    st.query_params.pop("reviewer", None)
    st.session_state.pop("typed name", None)
