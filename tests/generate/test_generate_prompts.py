"""Prompts: each encoded once, too long ones flagged, empty ones refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from asking import asked, pixels, rows
from hypothesis import given
from hypothesis import strategies as st

from toolkit.errors import RecipeError
from toolkit.generate.flow import FlowGenerator
from toolkit.generate.load import load_generator
from toolkit.generate.recent_results import RecentResults
from toolkit.generate.stage import generate

LONG = "a very old judge with a long white beard who reads a thick book of laws in front of a wooden wall"


@given(st.lists(st.lists(st.text(max_size=2), max_size=8)), st.integers(0, 5))
def test_results_are_right_whatever_is_forgotten(calls: list[list[str]], limit: int) -> None:
    seen: list[str] = []

    def shout(texts: list[str]) -> list[str]:
        seen.extend(texts)
        return [text + "!" for text in texts]

    results = RecentResults(shout, limit)
    for texts in calls:
        assert results.get(texts) == [text + "!" for text in texts]
    assert results.computed == len(seen)
    if len({text for texts in calls for text in texts}) <= limit:
        assert len(seen) == len(set(seen))


def test_a_run_encodes_each_distinct_text_once(tiny_latent: Path, tmp_path: Path) -> None:
    painter = load_generator(tiny_latent)
    assert isinstance(painter, FlowGenerator)
    probes = {"templates": ["{role}", "a {role}"], "slots": {"role": ["judge", "cook", "pilot"]}}
    generate(painter, probes, tmp_path / "run", replicates=9, batch_size=4, recipe={"negative_prompt": "a hat"})
    assert painter.texts.encoded == 7


def test_a_prompt_beyond_the_token_limit_is_painted_and_flagged(tiny_latent: Path, tmp_path: Path) -> None:
    probes = {"templates": ["{it}"], "slots": {"it": ["judge", LONG]}}
    found = rows(generate(tiny_latent, probes, tmp_path / "run", replicates=2, batch_size=4))
    assert {(row["prompt"], tuple(row["flags"])) for row in found} == {("judge", ()), (LONG, ("truncated",))}
    assert all(row["prompt_sent"] == row["prompt"] and row["error"] is None for row in found)


def test_what_is_cut_off_changes_nothing(tiny_latent: Path) -> None:
    painter = load_generator(tiny_latent)
    requests = asked(painter, [LONG], 1)
    more = [requests[0]._replace(prompt_sent=LONG + " and a window")]
    assert (pixels(painter.generate(requests, batch_size=2)) == pixels(painter.generate(more, batch_size=2))).all()


@pytest.mark.parametrize("template", ["", "  ", "{it}"])
def test_an_empty_prompt_is_refused_before_anything_is_made(tiny_latent: Path, tmp_path: Path, template: str) -> None:
    probes = {"templates": ["judge", template], "attributes": {"it": {"nothing": ""}}}
    with pytest.raises(RecipeError, match=r"prompt .* is empty"):
        generate(tiny_latent, probes, tmp_path / "run", replicates=1)
    assert not (tmp_path / "run").exists()
