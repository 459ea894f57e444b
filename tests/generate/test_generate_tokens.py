from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from toolkit.errors import ModelError
from toolkit.generate.generator import Generator, Request
from toolkit.generate.load import load_generator
from toolkit.generate.tokens import Choice, choose


@pytest.fixture(scope="module")
def painter(tiny_tokens: Path) -> Generator:
    return load_generator(tiny_tokens)


def request(prompt: str, seed: int, **changes: Any) -> Request:
    asked = Request(f"{prompt} {seed}", prompt, prompt, "", 0, seed, 16, 3.0, 32, 32, {})
    return asked._replace(**changes)


def paint(painter: Generator, requests: list[Request], batch_size: int = 4) -> np.ndarray:
    return np.stack([one.pixels for one in painter.generate(requests, batch_size=batch_size)])


def test_a_picture_depends_on_its_seed_and_prompt_and_not_on_its_batch(painter: Generator) -> None:
    prompts = ("a cat", "a house", "two dogs on a hill")
    requests = [request(prompts[seed % 3], seed) for seed in range(39)]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        whole = paint(painter, requests, batch_size=64)
        assert len({one.tobytes() for one in whole}) == len(requests)
        assert (paint(painter, requests[::-1], batch_size=7)[::-1] == whole).all()
        assert (paint(painter, requests[20:21], batch_size=1)[0] == whole[20]).all()
    finally:
        torch.set_num_threads(threads)


def test_guidance_negative_prompt_and_choice_change_the_picture(painter: Generator) -> None:
    plain = paint(painter, [request("a cat", seed) for seed in range(8)])
    for changes in (
        {"guidance_scale": 9.0},
        {"negative_prompt": "a dog"},
        {"settings": {"temperature": 2.0}},
        {"settings": {"top_k": 2}},
        {"settings": {"top_p": 0.3}},
    ):
        other = paint(painter, [request("a cat", seed, **changes) for seed in range(8)])
        assert (plain != other).any(), changes


def test_the_most_likely_token_alone_needs_no_luck(painter: Generator) -> None:
    greedy = paint(painter, [request("a cat", seed, settings={"top_k": 1}) for seed in range(5)])
    assert (greedy == greedy[:1]).all()


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (Choice(), [0.5, 0.25, 0.15, 0.1]),
        (Choice(temperature=0.5), [0.25 / 0.345, 0.0625 / 0.345, 0.0225 / 0.345, 0.01 / 0.345]),
        (Choice(top_k=2), [2 / 3, 1 / 3, 0, 0]),
        (Choice(top_p=0.74), [2 / 3, 1 / 3, 0, 0]),
        (Choice(top_p=0.76), [0.5 / 0.9, 0.25 / 0.9, 0.15 / 0.9, 0]),
        (Choice(top_p=0.01), [1, 0, 0, 0]),
    ],
)
def test_tokens_come_as_often_as_they_should(choice: Choice, expected: list[float]) -> None:
    count = 40_000
    order = torch.tensor([2, 0, 3, 1])  # the likeliest is not the first
    logits = torch.tensor([0.5, 0.25, 0.15, 0.1]).log()[order].expand(count, -1)
    waits = torch.empty(count, 4).exponential_(generator=torch.Generator().manual_seed(0))
    shares = torch.bincount(order[choose(logits, choice, waits)], minlength=4) / count
    assert shares.tolist() == pytest.approx(expected, abs=0.01)  # four standard errors


def test_like_prompts_with_one_seed_get_like_tokens() -> None:
    """Common random numbers: variants of one prompt differ where the prompts matter, and else by chance alone."""
    logits = torch.randn(500, 100, generator=torch.Generator().manual_seed(0))
    near = logits + 0.05 * torch.randn(500, 100, generator=torch.Generator().manual_seed(1))
    waits = torch.empty(500, 100).exponential_(generator=torch.Generator().manual_seed(2))
    others = torch.empty(500, 100).exponential_(generator=torch.Generator().manual_seed(3))
    same = (choose(logits, Choice(), waits) == choose(near, Choice(), waits)).float().mean()
    chance = (choose(logits, Choice(), waits) == choose(near, Choice(), others)).float().mean()
    assert same > 0.9
    assert chance < 0.2


def test_what_the_model_cannot_do_is_said(painter: Generator) -> None:
    for changes, said in (
        ({"width": 64}, "tokens model paints 32 x 32 pixels; 64 x 32 was asked for"),
        ({"num_inference_steps": 20}, "paints in 16 steps, one a token; 20 were asked for"),
        ({"settings": {"sampler": "euler"}}, "takes no setting 'sampler'; it takes temperature, top_k, top_p"),
        ({"settings": {"temperature": 0}}, "temperature > 0"),
        ({"settings": {"temperature": "hot"}}, "choose no token"),
        ({"settings": {"top_k": 2.5}}, "a whole top_k"),
        ({"settings": {"top_p": 0}}, "0 < top_p <= 1"),
    ):
        with pytest.raises(ModelError, match=said):
            painter.generate([request("a cat", 1, **changes)], batch_size=1)
