"""Networks that answer a question about a picture: BLIP, which writes its answer, and ViLT, which picks one it knows.

Li et al., BLIP (arXiv 2201.12086); Kim et al., ViLT (arXiv 2102.03334). Each gives a score in [0, 1] to an answer:
BLIP the probability of writing it, ViLT that of its class.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from toolkit.errors import ModelError
from toolkit.models import torchvision_ops, uri
from toolkit.models.pipeline_files import FAILURES, check_weights, load_network, one_line
from toolkit.models.text_encoder import quiet_transformers
from toolkit.models.weights import PICKLES, fingerprint

BATCH = 16  # pictures that go through a network together; the last batch of a size is padded
WANTED = ["*.json", "*.txt", "*.safetensors"]  # of a hub repository


class Answering(Protocol):
    """A network that answers questions about pictures."""

    @property
    def fingerprint(self) -> str: ...
    def check(self, answers: Sequence[str]) -> None:
        """Raise ModelError where the network can never give one of `answers`."""

    def scores(
        self, pictures: Sequence[NDArray[np.uint8]], question: str, answers: Sequence[str]
    ) -> NDArray[np.float64]:
        """Return the score of each of `answers` for each of RGB uint8 `pictures`: float64 (n, k) in [0, 1]."""


class _Loaded:
    """A network and its processor: pictures of one size go through together, so that none depends on its company."""

    def __init__(self, network: Any, processor: Any, device: str) -> None:
        self._network, self._processor, self._device = network.to(device), processor, device
        self.fingerprint = fingerprint(network, vocabulary=processor.tokenizer.get_vocab())

    def scores(
        self, pictures: Sequence[NDArray[np.uint8]], question: str, answers: Sequence[str]
    ) -> NDArray[np.float64]:
        by_size: dict[tuple[int, ...], list[int]] = {}
        for place, one in enumerate(pictures):
            by_size.setdefault(one.shape, []).append(place)
        found = np.zeros((len(pictures), len(answers)))
        for places in by_size.values():
            for start in range(0, len(places), BATCH):
                some = places[start : start + BATCH]
                padded = [Image.fromarray(pictures[one]) for one in (some + some[-1:] * BATCH)[:BATCH]]
                asked = self._processor(images=padded, text=[question] * BATCH, return_tensors="pt").to(self._device)
                with torch.no_grad():
                    found[some] = self._batch(asked, answers)[: len(some)].double().cpu().numpy()
        return found

    def check(self, answers: Sequence[str]) -> None:
        raise NotImplementedError

    def _batch(self, asked: Any, answers: Sequence[str]) -> torch.Tensor:
        raise NotImplementedError


class Blip(_Loaded):
    """Scores an answer by the probability that the decoder writes its tokens and then stops."""

    def check(self, answers: Sequence[str]) -> None:
        """Raise ModelError for an answer without a token that the vocabulary knows."""
        unknown = self._processor.tokenizer.unk_token_id
        for one in answers:
            tokens = self._tokens(one)
            if not tokens or unknown in tokens:
                raise ModelError(f"the answer {one!r} cannot be written in the vocabulary of the network; give another")

    def _tokens(self, answer: str) -> list[int]:
        return list(self._processor.tokenizer(answer, add_special_tokens=False).input_ids)

    def _batch(self, asked: Any, answers: Sequence[str]) -> torch.Tensor:
        network, text = self._network, self._network.config.text_config
        seen = network.vision_model(pixel_values=asked["pixel_values"]).last_hidden_state
        every = torch.ones(seen.shape[:2], dtype=torch.long, device=seen.device)
        question = network.text_encoder(
            input_ids=asked["input_ids"],
            attention_mask=asked["attention_mask"],
            encoder_hidden_states=seen,
            encoder_attention_mask=every,
        ).last_hidden_state
        found = []
        for answer in answers:
            tokens = self._tokens(answer)
            written = torch.tensor([text.bos_token_id, *tokens], device=seen.device).expand(len(seen), -1)
            following = torch.tensor([*tokens, text.sep_token_id], device=seen.device)
            logits = network.text_decoder(
                input_ids=written, encoder_hidden_states=question, encoder_attention_mask=asked["attention_mask"]
            ).logits
            chances = logits.log_softmax(dim=-1)[:, torch.arange(len(following)), following]
            found.append(chances.sum(dim=1).exp())
        return torch.stack(found, dim=1)


class Vilt(_Loaded):
    """Scores an answer by the sigmoid of its class, as the network was trained."""

    def check(self, answers: Sequence[str]) -> None:
        """Raise ModelError for an answer that is none of the network's classes."""
        known = self._network.config.label2id
        for one in answers:
            if one not in known:
                nearest = difflib.get_close_matches(one, known, n=1, cutoff=0)
                hint = f"; nearest is {nearest[0]!r}" if nearest else ""
                raise ModelError(f"the answer {one!r} is none of the {len(known)} that the network knows{hint}")

    def _batch(self, asked: Any, answers: Sequence[str]) -> torch.Tensor:
        places = [int(self._network.config.label2id[one]) for one in answers]
        chances: torch.Tensor = self._network(**asked).logits.sigmoid()
        return chances[:, places]


FAMILIES = {"blip": Blip, "vilt": Vilt}


def load_answering(name: str, *, device: str = "cpu", allow_pickle: bool = False) -> Answering:
    """Return the network in folder or hub repository `name`.

    Raises ModelError where there is none, it is of another family than `FAMILIES`, or its weights are missing,
    misshapen, or pickles that were not allowed.
    """
    parsed = uri.parse(name)
    if parsed.kind not in ("path", "hub"):
        raise ModelError(f"{name} answers no questions; give a folder, or a hub id such as Salesforce/blip-vqa-base")
    torchvision_ops.ensure()
    from transformers import AutoConfig, AutoModelForVisualQuestionAnswering, AutoProcessor

    folder = Path(name) if parsed.kind == "path" else _fetched(name, allow_pickle=allow_pickle)
    if not (folder / "config.json").is_file():
        raise ModelError(f"{folder} has no config.json; expected a folder that transformers saved")
    check_weights(folder, allow_pickle=allow_pickle)
    with quiet_transformers():
        try:
            family = FAMILIES.get(AutoConfig.from_pretrained(folder).model_type)
            processor = AutoProcessor.from_pretrained(folder)
        except FAILURES as error:
            raise ModelError(f"transformers cannot load {folder}: {one_line(error)}") from error
        if family is None:
            raise ModelError(f"{folder} is of no family that answers questions here; known are {', '.join(FAMILIES)}")
        kind = AutoModelForVisualQuestionAnswering
        network = load_network(folder, kind, torch.float32, allow_pickle=allow_pickle)
    return family(network, processor, device)


def _fetched(name: str, *, allow_pickle: bool) -> Path:
    from huggingface_hub import snapshot_download

    wanted = [*WANTED, *(f"*{one}" for one in PICKLES)] if allow_pickle else WANTED
    try:
        return Path(snapshot_download(name, allow_patterns=wanted))
    except (OSError, ValueError) as error:
        raise ModelError(f"{name} cannot be fetched: {one_line(error)}; give a folder instead") from error
