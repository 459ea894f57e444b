from __future__ import annotations

from itertools import product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from toolkit.models.gpt import GPT, GPTConfig
from toolkit.models.tokenizer import Quantiser, Tokenizer, TokenizerConfig
from toolkit.models.tokens import TokenModel

CONFIG = GPTConfig(codes=11, length=9, width=16, layers=2, heads=2, text_width=6, text_tokens=5)


@pytest.fixture(scope="module")
def gpt() -> GPT:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        network = GPT(CONFIG).eval()
        for parameter in network.parameters():
            torch.nn.init.normal_(parameter, std=0.4)
    return network


def texts(count: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Texts of different lengths, every third left out."""
    stream = torch.Generator().manual_seed(1)
    tokens = torch.randn(count, CONFIG.text_tokens, CONFIG.text_width, generator=stream)
    mask = torch.arange(CONFIG.text_tokens) < torch.randint(1, CONFIG.text_tokens + 1, (count, 1), generator=stream)
    return tokens, mask, torch.arange(count) % 3 == 0


@given(levels=st.lists(st.integers(2, 9), min_size=1, max_size=4), seed=st.integers(0, 1000))
def test_a_token_stands_for_what_its_vector_was_rounded_to(levels: list[int], seed: int) -> None:
    quantiser = Quantiser(tuple(levels))
    latents = 3 * torch.randn(2, len(levels), 4, 4, generator=torch.Generator().manual_seed(seed))
    rounded, tokens = quantiser(latents), quantiser.tokens(latents)
    assert rounded.abs().max() <= 1
    assert tokens.min() >= 0
    assert tokens.max() < torch.tensor(levels).prod()
    assert torch.equal(quantiser.vectors(tokens), rounded)


@pytest.mark.parametrize("levels", [(8, 8), (3, 5, 2)])
def test_every_code_can_be_reached_and_is_its_own(levels: tuple[int, ...]) -> None:
    quantiser = Quantiser(levels)
    codes = int(torch.tensor(levels).prod())
    side = codes  # one picture of side x side, the first row of which holds every code
    vectors = quantiser.vectors(torch.arange(side * side)[None] % codes)
    halves = [[(step - size // 2) / (size // 2) for step in range(size)] for size in levels]
    expected = {tuple(torch.tensor(one).tolist()) for one in product(*halves)}
    assert {tuple(one) for one in vectors[0].flatten(1).T.tolist()} == expected
    far = torch.stack(torch.meshgrid(*(torch.linspace(-4, 4, 200) for _ in levels[:2]), indexing="ij"))
    if len(levels) == 2:
        assert len(quantiser.tokens(far[None]).unique()) == codes


def test_gradients_pass_the_rounding() -> None:
    latents = torch.zeros(1, 2, 2, 2, requires_grad=True)
    Quantiser((8, 5))(latents).sum().backward()
    assert latents.grad is not None
    assert (latents.grad > 0.5).all()


def test_the_tokenizer_decodes_its_own_tokens_to_what_it_reconstructs() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        tokenizer = Tokenizer(TokenizerConfig(image_size=32, width=8, levels=(4, 4, 3))).eval()
        pictures = torch.rand(3, 3, 32, 32) * 2 - 1
    tokens = tokenizer.encode(pictures)
    assert tokens.shape == (3, 16)
    with torch.no_grad():
        expected = ((tokenizer(pictures).clamp(-1, 1) + 1) * 127.5).round().permute(0, 2, 3, 1)
    assert torch.equal(tokenizer.decode(tokens).float(), expected)


def test_writing_token_by_token_gives_the_logits_of_reading_them_all(gpt: GPT) -> None:
    conditions = texts(6)
    codes = torch.randint(0, CONFIG.codes, (6, CONFIG.length), generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        whole = gpt(codes, *conditions)
        logits, memories = gpt.begin(*conditions)
        assert torch.allclose(logits, whole[:, 0], atol=1e-4)
        for place in range(CONFIG.length - 1):
            logits = gpt.advance(codes[:, place], place, memories, *conditions[1:])
            assert torch.allclose(logits, whole[:, place + 1], atol=1e-4)


def test_a_token_depends_on_those_before_it_and_on_its_text_alone(gpt: GPT) -> None:
    tokens, mask, dropped = texts(6)
    codes = torch.zeros(6, CONFIG.length, dtype=torch.long)
    with torch.inference_mode():
        plain = gpt(codes, tokens, mask, dropped)
        changed = codes.clone()
        changed[:, 4] = 7
        later = gpt(changed, tokens, mask, dropped)
        assert torch.allclose(plain[:, :5], later[:, :5], atol=1e-5)
        assert (plain[:, 5:] - later[:, 5:]).abs().amax((1, 2)).min() > 1e-3
        padded = torch.where(mask[..., None], tokens, 99.0)
        assert torch.allclose(plain, gpt(codes, padded, mask, dropped), atol=1e-4)
        other = gpt(codes, tokens + 1, mask, dropped)
        difference = (plain - other).abs().amax((1, 2))
        assert difference[dropped].max() < 1e-5
        assert difference[~dropped].min() > 1e-3


def test_a_tokenizer_and_a_gpt_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="4096 codes and 64 tokens"):
        TokenModel(TokenizerConfig(), GPTConfig(codes=512))
