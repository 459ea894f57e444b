"""Retrieval: kept pictures drawn for a prompt, and an oracle whose shares an audit must find."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asking import asked, pixels, rows, stored
from PIL import Image
from run_folder import build_curated
from skimage import data

from toolkit import schema
from toolkit.curate.stage import curate
from toolkit.errors import ModelError, RecipeError
from toolkit.generate.load import load_generator
from toolkit.generate.retrieval import RetrievalGenerator
from toolkit.generate.stage import generate
from toolkit.statistics.intervals import wilson
from toolkit.store import RunFolder

CAPTIONS = ["a red flag", "the red flag of a club", "a green tree", "a tree", "woman doctor", "man doctor"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A curated run of real pictures: two of each caption, one more that was dropped."""
    folder = tmp_path_factory.mktemp("pairs")
    (folder / "pairs").mkdir()
    for place, caption in enumerate([*CAPTIONS, *CAPTIONS, "x"]):
        picture = Image.fromarray(data.astronaut()[place * 20 : place * 20 + 96, place * 30 : place * 30 + 96])
        picture.save(folder / "pairs" / f"{place:02d}.png")
        (folder / "pairs" / f"{place:02d}.txt").write_text(caption)
    recipe = {"duplicates": {"perceptual": None}, "captions": {"min_characters": 3}}
    return curate(folder / "pairs", folder / "run", recipe=recipe, workers=1)


@pytest.fixture(scope="module")
def painter(run: RunFolder) -> RetrievalGenerator:
    found = load_generator(f"retrieval:{run.path}")
    assert isinstance(found, RetrievalGenerator)
    return found


def drawn(painter: RetrievalGenerator, prompt: str, count: int, **settings: Any) -> list[str]:
    """Return the captions of `count` pictures that were drawn for a prompt."""
    pinned = painter.pin({"retrieval": settings})
    found = painter.generate(asked(painter, [prompt], count, settings=pinned), batch_size=64)
    return [one.meta["retrieval"]["caption"] for one in found if one.meta]


def test_pictures_are_those_of_the_run_whole_and_of_the_size_asked(painter: RetrievalGenerator, run: RunFolder) -> None:
    assert (painter.defaults.width, painter.defaults.height) == (96, 96)
    requests = asked(painter, ["a tree"], 20, settings=painter.pin({"retrieval": {"k": 1}}))
    found = painter.generate(requests, batch_size=64)
    captions = {row["sample_id"]: row["caption"] for row in run.read("pairs").to_pylist()}
    names = {one.meta["retrieval"]["sample_id"] for one in found if one.meta}
    assert {captions[name] for name in names} == {"a tree"}
    assert len(names) == len({one.tobytes() for one in pixels(found)}) == 2, "both pictures of the nearest caption"
    small = painter.generate([one._replace(width=32, height=32) for one in requests[:1]], batch_size=1)
    assert small[0].pixels.shape == (32, 32, 3)


def test_the_nearest_captions_are_drawn_from(painter: RetrievalGenerator) -> None:
    assert set(drawn(painter, "a doctor", 60, k=2)) == {"woman doctor", "man doctor"}
    assert set(drawn(painter, "a doctor", 200, k=6)) == set(CAPTIONS), "what was dropped is never drawn"


def test_words_match_whole_and_in_any_order(painter: RetrievalGenerator) -> None:
    assert set(drawn(painter, "Flag, red!", 40, match="words")) == {"a red flag", "the red flag of a club"}
    with pytest.raises(LookupError, match="no kept pair has a caption for 'flags'"):
        drawn(painter, "flags", 1, match="words")


def test_a_prompt_without_a_match_is_a_row_with_its_error(run: RunFolder, tmp_path: Path) -> None:
    probes = {"templates": ["{it}"], "slots": {"it": ["tree", "zebra"]}}
    recipe = {"settings": {"retrieval": {"match": "words"}}}
    made = generate(f"retrieval:{run.path}", probes, tmp_path / "run", replicates=3, recipe=recipe)
    errors = {row["prompt"]: row["error"] for row in rows(made)}
    assert errors["tree"] is None
    assert errors["zebra"] == "LookupError: no kept pair has a caption for 'zebra'"
    assert made.stages["generate"]["counts"]["failed"] == 3


def test_what_is_drawn_hangs_on_the_request_alone(painter: RetrievalGenerator, run: RunFolder, tmp_path: Path) -> None:
    requests = asked(painter, ["a doctor", "a tree"], 9, settings=painter.pin({}))
    whole = pixels(painter.generate(requests, batch_size=64))
    assert (pixels(painter.generate(requests[::-1], batch_size=4))[::-1] == whole).all()
    again = load_generator(f"retrieval:{run.path}")
    assert again.fingerprint == painter.fingerprint
    probes = {"templates": ["a doctor"]}
    runs = [generate(f"retrieval:{run.path}", probes, tmp_path / name, replicates=5) for name in "ab"]
    assert runs[0].read("samples", ["request_id", "sha256", "meta"]) == runs[1].read(
        "samples", ["request_id", "sha256", "meta"]
    )
    other = generate(painter, probes, tmp_path / "c", replicates=5, recipe={"settings": {"retrieval": {"k": 2}}})
    assert not set(stored(other)) & set(stored(runs[0])), "how it is drawn is part of the request"
    settings = json.loads(other.read("requests")["settings"][0].as_py())["retrieval"]
    assert (settings["k"], settings["match"], len(settings["fingerprint"])) == (2, "captions", 32)


def test_another_run_has_another_fingerprint(painter: RetrievalGenerator, tmp_path: Path) -> None:
    other = load_generator(f"retrieval:{build_curated(tmp_path / 'other').path}")
    assert other.fingerprint != painter.fingerprint


def test_an_oracle_gives_the_shares_that_it_was_told(painter: RetrievalGenerator) -> None:
    shares = {"doctor": [{"captions": ["woman doctor"], "share": 3}, {"captions": ["man doctor"], "share": 1}]}
    found = Counter(drawn(painter, "doctor", 2000, shares=shares))
    low, high = wilson(found["woman doctor"], 2000, 0.999)
    assert set(found) == {"woman doctor", "man doctor"}
    assert low < 0.75 < high


def test_an_oracle_may_name_single_pictures(painter: RetrievalGenerator, run: RunFolder) -> None:
    names = [row["sample_id"] for row in run.read("pairs").to_pylist()][:2]
    shares = {"it": [{"sample_ids": names[:1], "share": 0.5}, {"sample_ids": names[1:], "share": 0.5}]}
    pinned = painter.pin({"retrieval": {"shares": shares}})
    found = painter.generate(asked(painter, ["it"], 30, settings=pinned), batch_size=30)
    assert {one.meta["retrieval"]["sample_id"] for one in found if one.meta} == set(names)


def test_weights_decide_how_often_a_picture_is_drawn(run: RunFolder, tmp_path: Path) -> None:
    import shutil

    weighed = RunFolder(Path(shutil.copytree(run.path, tmp_path / "weighed")))
    pairs = weighed.read("pairs").to_pylist()
    heavy = {"woman doctor": 9.0, "man doctor": 1.0}
    weights = [{"sample_id": row["sample_id"], "weight": heavy.get(row["caption"], 1.0)} for row in pairs]
    weighed.write_shard("weights", 0, schema.from_rows("weights", weights))
    painter = load_generator(f"retrieval:{weighed.path}")
    assert isinstance(painter, RetrievalGenerator)
    found = Counter(drawn(painter, "doctor", 1000, match="words", weighted=True))
    assert np.isclose(found["woman doctor"] / 1000, 0.9, atol=0.03)
    even = Counter(drawn(painter, "doctor", 1000, match="words"))
    assert np.isclose(even["woman doctor"] / 1000, 0.5, atol=0.06)


def test_what_cannot_be_drawn_is_said_before_anything_is_made(run: RunFolder, tmp_path: Path) -> None:
    def paint(model: str = f"retrieval:{run.path}", width: int | None = None, **settings: Any) -> None:
        recipe = {"settings": {"retrieval": settings}, "width": width}
        generate(model, {"templates": ["doctor"]}, tmp_path / "run", replicates=1, recipe=recipe)

    with pytest.raises(ModelError, match="nowhere"):
        paint(f"retrieval:{tmp_path / 'nowhere'}")
    with pytest.raises(ModelError, match="no weights; make them with tain balance"):
        paint(weighted=True)
    with pytest.raises(ModelError, match="no shares are given for the prompt 'doctor'"):
        paint(shares={"judge": [{"captions": ["a tree"], "share": 1}]})
    with pytest.raises(ModelError, match=r"no kept pair is one of \['a bush'\]"):
        paint(shares={"doctor": [{"captions": ["a bush"], "share": 1}]})
    with pytest.raises(RecipeError, match="did you mean 'match'"):
        paint(mach="words")
    with pytest.raises(ModelError, match="laid on squares; 32 x 96"):
        paint(width=32)
    with pytest.raises(ModelError, match="takes no dtype float16"):
        load_generator(f"retrieval:{run.path}", dtype="float16")
    assert not (tmp_path / "run").exists()


def test_retrieved_pictures_can_be_ranked_like_painted_ones(run: RunFolder, tiny_clip: Path, tmp_path: Path) -> None:
    recipe = {"settings": {"rerank": {"model": str(tiny_clip), "n": 3}, "retrieval": {"match": "words"}}}
    made = generate(f"retrieval:{run.path}", {"templates": ["doctor"]}, tmp_path / "run", replicates=2, recipe=recipe)
    for row in made.read("samples").to_pylist():
        said = json.loads(row["meta"])
        assert len(said["rerank"]["scores"]) == 3
        assert said["retrieval"]["caption"] in ("woman doctor", "man doctor")
