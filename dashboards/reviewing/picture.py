"""One picture alone, and the buttons that say what it shows."""

from __future__ import annotations

import streamlit as st

from dashboards import data
from dashboards.reveals import is_revealed, offer, show_problem_of_reveal
from dashboards.reviewing.keys import CANNOT, PROMPT, UNDO, keys_of, plain
from dashboards.reviewing.task import Task
from dashboards.runs import Listed
from dashboards.tiles import show_text
from toolkit.audit.reviewing.log import Review, ReviewLog
from toolkit.audit.reviewing.queues import RANDOM
from toolkit.audit.subjects import SAMPLE
from toolkit.errors import PictureError, RunError
from toolkit.report.pictures import blurred_thumbnail, data_uri, pair_pictures, sample_pictures, thumbnail
from toolkit.report.wording import tone_name

SIDE = 384
PROBLEM = "review problem"  # in the state of a visit: why the last answer was not kept
ANSWERED = "answered"  # in the state of a visit: what was answered and not shown again since
ASKED = "asked"  # in the address: the picture whose prompt was asked for, also after a reload
LOOK = f"width:{SIDE}px;max-width:100%;height:{SIDE}px;object-fit:contain;background:#fff;border:1px solid #8884"


def show_picture(chosen: Listed, task: Task, name: str) -> None:
    """Show the picture `name`, without a word of what it is about: no prompt, no caption, nobody's label."""
    painted = task.found.kind == SAMPLE
    veil = (data.veils_of_samples(chosen) if painted else data.veils_of(chosen, [name])).get(name)
    hidden = veil is not None and not is_revealed(chosen, name)
    picture = (sample_pictures if painted else pair_pictures)(chosen.run, [name]).get(name)
    try:
        webp = None if picture is None else (blurred_thumbnail if hidden else thumbnail)(picture, SIDE)
    except PictureError:
        webp = None
    if webp is None:
        st.html(f'<div role="img" aria-label="no picture" style="{LOOK};color:#555;padding:170px 0">no picture</div>')
    else:
        st.html(f'<img class="review" src="{data_uri(webp)}" alt="the picture to review" style="{LOOK}">')
    if veil is not None:
        show_problem_of_reveal()
        show_text(f"{'Blurred' if hidden else 'Shown on request'}: {veil}.")
        offer(chosen, name, veil, "request_id" if painted else "sample_id")


def show_answers(chosen: Listed, task: Task, name: str) -> None:
    """Show a button for each answer to the picture `name`.

    Each belongs to this picture, and answers it once: a key pressed before the next picture is there, or held down,
    says nothing of a picture that nobody has seen.
    """
    asked = st.query_params.get(ASKED) == name
    fixed = Review(
        subject_kind=task.found.kind,
        subject_id=name,
        attribute=task.found.attribute,
        value=None,
        reviewer=task.reviewer,
        queue=task.queue,
        population=len(task.order) if task.queue == RANDOM else None,
        prompt_shown=asked,
    )
    st.session_state[ANSWERED] = st.session_state.get(ANSWERED, frozenset()) - {_question(fixed)}
    with st.container(horizontal=True, key="answers"):
        for value, key in keys_of(task.found.values).items():
            said = (chosen, fixed._replace(value=value))
            st.button(plain(tone_name(value)), key=f"{value} {name}", shortcut=key, on_click=_say, args=said)
        st.button("Can't tell", key=f"can't tell {name}", shortcut=CANNOT, on_click=_say, args=(chosen, fixed))
    word = "prompt" if task.found.kind == SAMPLE else "caption"
    if asked:
        caption = next(one.caption for one in task.found.subjects if one.subject_id == name)
        show_text(f"Its {word}: {caption}")
    else:
        st.button(f"Show its {word}", key=f"{word} {name}", shortcut=PROMPT, on_click=_ask, args=(name,))


def show_undo(chosen: Listed, task: Task) -> None:
    """Show the button that takes back the last answer of this reviewer, here."""
    st.button("Undo", key="undo", shortcut=UNDO, on_click=_undo, args=(chosen, task))


def _say(chosen: Listed, review: Review) -> None:
    answered = st.session_state.get(ANSWERED, frozenset())
    if _question(review) in answered:
        return
    # Before it is written: any touch of the state may end here, where another key was pressed meanwhile.
    st.session_state[ANSWERED] = answered | {_question(review)}
    try:
        ReviewLog(chosen.path).add(review)
    except RunError as error:
        st.session_state[ANSWERED] = answered
        st.session_state[PROBLEM] = f"This answer was not kept. {error}"
        return
    st.query_params.pop(ASKED, None)


def _question(review: Review) -> Review:
    """Return what a review answers, whatever it says."""
    return review._replace(value=None, prompt_shown=False)


def _undo(chosen: Listed, task: Task) -> None:
    try:
        undone = ReviewLog(chosen.path).undo(task.reviewer, task.found.kind, task.found.attribute, task.queue)
    except RunError as error:
        st.session_state[PROBLEM] = f"Nothing was taken back. {error}"
        return
    if undone is not None and undone.review.prompt_shown:
        st.query_params[ASKED] = undone.review.subject_id


def _ask(name: str) -> None:
    st.query_params[ASKED] = name
