"""A token generator as one model folder: the tokenizer and the transformer that continues a text by a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from toolkit.models import weights
from toolkit.models.gpt import GPT, GPTConfig
from toolkit.models.tokenizer import Tokenizer, TokenizerConfig

FAMILY = "tokens"


class TokenModel(nn.Module):
    """The two networks; their configurations agree on how many tokens there are, and how many a picture has."""

    def __init__(self, tokenizer: TokenizerConfig, gpt: GPTConfig) -> None:
        super().__init__()
        if (gpt.codes, gpt.length) != (tokenizer.codes, tokenizer.grid**2):
            raise ValueError(
                f"the tokenizer has {tokenizer.codes} codes and {tokenizer.grid**2} tokens a picture, the gpt "
                f"{gpt.codes} and {gpt.length}"
            )
        self.tokenizer = Tokenizer(tokenizer)
        self.gpt = GPT(gpt)

    @property
    def image_size(self) -> int:
        """The side of a picture in pixels."""
        return self.tokenizer.config.image_size

    @property
    def config(self) -> dict[str, Any]:
        """What config.json holds."""
        parts = {"tokenizer": self.tokenizer.config.as_dict(), "gpt": self.gpt.config.as_dict()}
        return {"family": FAMILY, **parts}

    def save(self, folder: str | Path) -> None:
        """Write config.json and model.safetensors into `folder`."""
        weights.save_folder(Path(folder), self.config, self.state_dict())


def create_tokens(tokenizer: TokenizerConfig, gpt: GPTConfig, seed: int = 0) -> TokenModel:
    """Return a token model with random weights; the same seed gives the same ones."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return TokenModel(tokenizer, gpt)


def load_tokens(name: str | Path) -> TokenModel:
    """Return the token model `zoo:NAME` or in a folder of `tain train tokens`. Raises ModelError where it is none."""

    def make(config: dict[str, Any]) -> TokenModel:
        levels = tuple(config["tokenizer"]["levels"])
        return TokenModel(TokenizerConfig(**config["tokenizer"] | {"levels": levels}), GPTConfig(**config["gpt"]))

    return weights.load_folder(name, FAMILY, make)
