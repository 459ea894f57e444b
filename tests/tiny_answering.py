"""BLIP and ViLT with few random weights, saved as transformers saves them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

WORDS = (
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[DEC]", "is", "this", "the", "a", "person", "woman", "man", "or"),
    *("police", "officer", "yes", "no", "?", "female", "male", "judge", "firefighter"),
)
ANSWERS = ("woman", "man", "police officer", "yes")
_SIZE = {"hidden_size": 32, "intermediate_size": 37, "num_hidden_layers": 2, "num_attention_heads": 2}


def _tokenizer(folder: Path) -> Any:
    from transformers import BertTokenizer

    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "vocab.txt"
    file.write_text("\n".join(WORDS) + "\n")
    made = BertTokenizer(str(file))
    file.unlink()
    return made


def _blip(folder: Path, likely: str | None = None) -> Path:
    from transformers import BlipConfig, BlipForQuestionAnswering, BlipImageProcessor, BlipProcessor

    tokenizer = _tokenizer(folder)
    text = _SIZE | {
        "vocab_size": len(WORDS),
        "encoder_hidden_size": 32,
        "bos_token_id": WORDS.index("[DEC]"),
        "sep_token_id": WORDS.index("[SEP]"),
        "eos_token_id": WORDS.index("[SEP]"),
        "pad_token_id": 0,
        "max_position_embeddings": 32,
        "projection_dim": 32,
    }
    vision = _SIZE | {"image_size": 32, "patch_size": 8, "projection_dim": 32}
    model = BlipForQuestionAnswering(BlipConfig(text_config=text, vision_config=vision, projection_dim=32))
    if likely:
        model.text_decoder.cls.predictions.bias.data[[WORDS.index(likely), WORDS.index("[SEP]")]] = 4.0
    model.save_pretrained(folder)
    BlipProcessor(BlipImageProcessor(size={"height": 32, "width": 32}), tokenizer).save_pretrained(folder)
    return folder


def _vilt(folder: Path, likely: str | None = None) -> Path:
    from transformers import ViltConfig, ViltForQuestionAnswering, ViltImageProcessor, ViltProcessor

    tokenizer = _tokenizer(folder)
    labels = dict(enumerate((*ANSWERS, "female", "male")))
    names = {name: place for place, name in labels.items()}
    about = _SIZE | {"vocab_size": len(WORDS), "image_size": 64, "patch_size": 16, "max_position_embeddings": 32}
    model = ViltForQuestionAnswering(ViltConfig(**about, id2label=labels, label2id=names))
    if likely:
        model.classifier[-1].bias.data[names[likely]] = 6.0
    model.save_pretrained(folder)
    ViltProcessor(ViltImageProcessor(size={"shortest_edge": 64}, size_divisor=16), tokenizer).save_pretrained(folder)
    return folder


def _seeded(save: Callable[..., Path]) -> Callable[..., Path]:
    def saved(folder: Path, likely: str | None = None) -> Path:
        """Save the network to `folder`; with `likely` it gives that answer to nearly all questions."""
        from toolkit.models import torchvision_ops
        from toolkit.models.text_encoder import quiet_transformers

        torchvision_ops.ensure()
        import torch

        with torch.random.fork_rng(), quiet_transformers():
            torch.manual_seed(3)
            return save(folder, likely)

    return saved


SAVED = {"blip": _seeded(_blip), "vilt": _seeded(_vilt)}
