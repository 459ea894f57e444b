"""The token family: pictures that `tain train tokens` models write token after token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch

from toolkit.errors import ModelError
from toolkit.generate.attribute_directions import check_guidance
from toolkit.generate.capabilities import TRUNCATED
from toolkit.generate.generator import Defaults, Painted, Request
from toolkit.generate.prompts import Conditions, EncodedPrompts, check_size, in_batches
from toolkit.generate.sampler import guided
from toolkit.generate.steering import SETTING
from toolkit.models.text_encoder import TextEncoder
from toolkit.models.tokens import TokenModel
from toolkit.models.weights import fingerprint
from toolkit.seeds import random_stream

ROWS = {"cpu": 32, "cuda": 128}  # pictures that go through the network at a time, whatever the batch size


class Choice(NamedTuple):
    """How a token is chosen: logits over `temperature`, the `top_k` most likely (0: all), and of those the fewest that
    hold `top_p` of the probability (arXiv 1904.09751)."""

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0


class TokenGenerator:
    """Paints with a `TokenModel`: one token after another, with guidance on the logits and a cache of what was seen.

    A choice among tokens is all or nothing: the last bit of a logit can decide between two, and with it the rest of a
    picture. So the network always sees `ROWS` pictures, whatever the batch size: on one thread of a CPU a picture is
    the same bit for bit. Where several threads share out rows, or on a GPU, it is so at one batch size.
    """

    dtype = "float32"

    def __init__(self, model: TokenModel, text_encoder: TextEncoder, name: str, device: str = "cpu") -> None:
        self.model = model.to(device)
        self.name = name
        self.device = device
        self.texts = EncodedPrompts(text_encoder, model.gpt.config.text_tokens, device)
        self.fingerprint = fingerprint(model, **model.config)
        side, steps = model.image_size, model.gpt.config.length
        self.defaults = Defaults(num_inference_steps=steps, guidance_scale=3.0, width=side, height=side, batch_size=64)

    def check(self, requests: Sequence[Request]) -> None:
        """Raise ModelError for a size, a number of steps or a setting that this family cannot paint."""
        check_guidance(requests)
        for request in requests:
            check_size(request, self.defaults, "tokens")
            if request.num_inference_steps != self.defaults.num_inference_steps:
                raise ModelError(
                    f"this tokens model paints in {self.defaults.num_inference_steps} steps, one a token; "
                    f"{request.num_inference_steps} were asked for: leave num_inference_steps out"
                )
            _choice(request.settings)

    def encode_ahead(self, requests: Sequence[Request]) -> None:
        """Encode the distinct texts of `requests` that are not encoded yet."""
        self.texts.encode_ahead(requests)

    @torch.inference_mode()
    def generate(self, requests: Sequence[Request], *, batch_size: int) -> list[Painted]:
        """Return one picture a request; see `Generator.generate`."""
        self.check(requests)
        self.encode_ahead(requests)
        painted: list[Painted] = []
        for batch, count in in_batches(requests, ROWS.get(torch.device(self.device).type, ROWS["cpu"])):
            tokens = self._write(batch, self.texts.conditions(batch), _choice(batch[0].settings))
            pixels = self.model.tokenizer.decode(tokens).cpu().numpy()
            cut = self.texts.truncated(batch)
            both = [Painted(one, (TRUNCATED,) if short else ()) for one, short in zip(pixels, cut, strict=True)]
            painted += both[:count]
        return painted

    def _write(self, requests: list[Request], texts: Conditions, choice: Choice) -> torch.Tensor:
        """Return the tokens of `requests`, int64 (n, length)."""
        gpt, scale = self.model.gpt, requests[0].guidance_scale
        waits = self._waits(requests)
        logits, memories = gpt.begin(*texts)
        written: list[torch.Tensor] = []
        for place in range(gpt.config.length):
            conditional, unconditional = logits.chunk(2)
            written.append(choose(guided(conditional, unconditional, scale), choice, waits[:, place]))
            if place + 1 < gpt.config.length:
                logits = gpt.advance(written[-1].repeat(2), place, memories, texts.mask, texts.dropped)
        return torch.stack(written, dim=1)

    def _waits(self, requests: list[Request]) -> torch.Tensor:
        """Return exponential random numbers (n, length, codes), each request's from its own stream."""
        shape = (self.model.gpt.config.length, self.model.gpt.config.codes)
        return torch.stack(
            [torch.empty(shape).exponential_(generator=random_stream(request.seed)) for request in requests]
        ).to(self.device)


def _choice(settings: dict[str, Any]) -> Choice:
    """Return how `settings` choose a token. Raises ModelError where they cannot."""
    known = (*Choice._fields, SETTING)
    unknown = sorted(set(settings) - set(known))
    if unknown:
        raise ModelError(f"the tokens family takes no setting {unknown[0]!r}; it takes {', '.join(known)}")
    choice = Choice(**{name: value for name, value in settings.items() if name != SETTING})
    try:
        fits = choice.temperature > 0 and 0 < choice.top_p <= 1 and choice.top_k >= 0 and choice.top_k % 1 == 0
    except TypeError:
        fits = False
    if not fits:
        raise ModelError(f"{settings} choose no token; expected temperature > 0, a whole top_k >= 0, 0 < top_p <= 1")
    return choice


def choose(logits: torch.Tensor, choice: Choice, waits: torch.Tensor) -> torch.Tensor:
    """Return one token a row, int64 (n,), drawn from softmax(`logits` / temperature) within `top_k` and `top_p`.

    Of independent exponential clocks the first to ring is k with the probability of its rate, so the token is the
    argmax of probability / `waits` (n, codes): the Gumbel-max trick. Like prompts with the same waits mostly get the
    same token.
    """
    logits = logits.float() / choice.temperature
    if choice.top_k:
        least = logits.topk(min(choice.top_k, logits.shape[-1])).values[:, -1:]
        logits = logits.masked_fill(logits < least, -torch.inf)
    if choice.top_p < 1:
        ordered, order = logits.softmax(-1).sort(dim=-1, descending=True, stable=True)
        beyond = ordered.cumsum(-1) - ordered >= choice.top_p
        logits = logits.masked_fill(torch.zeros_like(beyond).scatter(-1, order, beyond), -torch.inf)
    return (logits - waits.clamp(min=1e-30).log()).argmax(-1)
