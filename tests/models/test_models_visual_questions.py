"""Networks that answer questions, with few random weights: their scores, whatever the batch, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import data
from tiny_answering import ANSWERS, SAVED

from toolkit.errors import ModelError
from toolkit.models.visual_questions import load_answering

PICTURES = [np.asarray(Image.fromarray(getattr(data, name)()).resize((96, 64))) for name in ("astronaut", "chelsea")]
QUESTION = "is this a woman?"


@pytest.fixture(scope="module", params=sorted(SAVED))
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return SAVED[request.param](tmp_path_factory.mktemp("answering") / request.param)


def test_blip_scores_an_answer_by_the_tokens_that_it_would_write(tmp_path: Path) -> None:
    network = load_answering(str(SAVED["blip"](tmp_path / "blip")))
    model, processor = network._network, network._processor  # type: ignore[attr-defined]
    found = network.scores(PICTURES[:1], QUESTION, ANSWERS)[0]
    asked = processor(images=Image.fromarray(PICTURES[0]), text=QUESTION, return_tensors="pt")
    for answer, score in zip(ANSWERS, found, strict=True):
        wanted = [
            *processor.tokenizer(answer, add_special_tokens=False).input_ids,
            model.config.text_config.sep_token_id,
        ]
        done = model.generate(
            **asked,
            max_new_tokens=len(wanted),
            do_sample=False,
            output_logits=True,
            return_dict_in_generate=True,
            prefix_allowed_tokens_fn=lambda _, so_far, wanted=wanted: [wanted[min(len(so_far), len(wanted)) - 1]],
        )
        chances = [one.log_softmax(-1)[0, token].item() for one, token in zip(done.logits, wanted, strict=True)]
        assert score == pytest.approx(np.exp(sum(chances)), rel=1e-4)


def test_vilt_scores_an_answer_by_its_class(tmp_path: Path) -> None:
    network = load_answering(str(SAVED["vilt"](tmp_path / "vilt")))
    model, processor = network._network, network._processor  # type: ignore[attr-defined]
    asked = processor(images=Image.fromarray(PICTURES[0]), text=QUESTION, return_tensors="pt")
    with torch.no_grad():
        logits = model(**asked).logits[0]
    wanted = [torch.sigmoid(logits[model.config.label2id[answer]]).item() for answer in ANSWERS]
    assert network.scores(PICTURES[:1], QUESTION, ANSWERS)[0] == pytest.approx(wanted, abs=1e-5)


def test_a_picture_is_scored_the_same_in_any_company(folder: Path) -> None:
    network = load_answering(str(folder))
    upright = np.ascontiguousarray(PICTURES[1].transpose(1, 0, 2))
    mixed = [PICTURES[0], upright, PICTURES[1]] * 7
    together = network.scores(mixed, QUESTION, ANSWERS)
    assert together.shape == (21, len(ANSWERS))
    assert ((together >= 0) & (together <= 1)).all()
    for place in range(3):
        alone = network.scores([mixed[place]], QUESTION, ANSWERS)[0]
        np.testing.assert_allclose(together[place::3], np.tile(alone, (7, 1)), atol=1e-6)
    assert network.scores([], QUESTION, ANSWERS).shape == (0, len(ANSWERS))


def test_equal_weights_have_equal_fingerprints(folder: Path, tmp_path: Path) -> None:
    again = SAVED[folder.name](tmp_path / folder.name)
    assert load_answering(str(folder)).fingerprint == load_answering(str(again)).fingerprint


def test_answers_that_can_never_be_given_are_refused(folder: Path) -> None:
    network = load_answering(str(folder))
    network.check(ANSWERS)
    with pytest.raises(ModelError, match="the answer 'xylophone'"):
        network.check(["woman", "xylophone"])


def test_a_pickle_is_refused_unless_allowed(folder: Path, tmp_path: Path) -> None:
    copied = SAVED[folder.name](tmp_path / folder.name)
    before = load_answering(str(copied))
    torch.save(before._network.state_dict(), copied / "pytorch_model.bin")  # type: ignore[attr-defined]
    (copied / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"pytorch_model\.bin is a pickle.*allow_pickle in the recipe"):
        load_answering(str(copied))
    allowed = load_answering(str(copied), allow_pickle=True)
    np.testing.assert_allclose(
        allowed.scores(PICTURES, QUESTION, ANSWERS), before.scores(PICTURES, QUESTION, ANSWERS), atol=1e-6
    )


def test_what_is_no_such_network_is_refused(folder: Path, tmp_path: Path, tiny_clip: Path) -> None:
    with pytest.raises(ModelError, match="answers no questions"):
        load_answering("zoo:clip")
    with pytest.raises(ModelError, match="no model at"):
        load_answering(str(tmp_path / "nothing"))
    with pytest.raises(ModelError, match=r"has no config\.json"):
        load_answering(str(tmp_path))
    copied = SAVED[folder.name](tmp_path / folder.name)
    config = json.loads((copied / "config.json").read_text())
    (copied / "config.json").write_text(json.dumps(config | {"model_type": "bert"}))
    with pytest.raises(ModelError, match="is of no family that answers questions here; known are blip, vilt"):
        load_answering(str(copied))
    (copied / "config.json").write_text(json.dumps(config))
    (copied / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="no weights"):
        load_answering(str(copied))
