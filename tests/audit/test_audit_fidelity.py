"""A model's pictures against the data's as sets: what is of one kind lies at the floor, what is not lies off it."""

import numpy as np
import pytest
import torch
from audited import painted, write_dataset, write_table
from safetensors.torch import save_file
from shown import Shown, evidence_of, rows_of

from toolkit import schema
from toolkit.audit.measuring.fidelity import MEASURES, measure_fidelity
from toolkit.audit.measuring.measure import measure
from toolkit.audit.stage import audit
from toolkit.errors import ModelError
from toolkit.models import torchvision_ops
from toolkit.models.imagenet_features import ImageNetFeatures

SIZE = 12


def pictures(count, *, kind="sample", seed=0, shift=0.0, spread=1.0, seeds=None):
    """Return `count` pictures around one direction, moved elsewhere by `shift`, `spread` apart from each other."""
    stream = np.random.default_rng(seed)
    vectors = 2 * np.eye(SIZE)[0] + shift * np.eye(SIZE)[1] + spread * stream.normal(size=(count, SIZE)) * 0.5
    origin = "m" if kind == "sample" else "data:art"
    given = range(count) if seeds is None else seeds
    return [
        Shown(kind, "judge", "woman", "judge", noise if kind == "sample" else None, vector=one, origin=origin)
        for one, noise in zip(vectors, given, strict=True)
    ]


def figures(shown, *, where="judge"):
    rows = schema.from_rows("measures", measure(evidence_of(shown))).to_pylist()
    return {one: row for one in MEASURES for row in rows_of(rows, measure=one, slice=where)}


DATA = pictures(200, kind="pair", seed=1)


def test_pictures_of_the_same_kind_lie_at_the_floor():
    found = figures(DATA + pictures(120, seed=2))
    assert list(found) == list(MEASURES)
    for name, row in found.items():
        assert row["low"] <= row["floor"] * 1.1 + 0.02, name
        assert row["high"] >= row["floor"] * 0.9, name
        assert row["reference"].startswith("100 pictures a side, of 200 of the data")
        assert (row["n"], row["annotator"], row["confidence"]) == (120, "pairing network", 0.95)
    assert found["kid"]["low"] < 0 < found["kid"]["high"]
    assert found["fid"]["reference"].endswith("biased upwards by so few")
    assert found["manifold_precision"]["floor"] > 0.7


@pytest.mark.slow
@pytest.mark.parametrize("shift", [0.0, 1.0, 2.0])
def test_intervals_hold_the_mean_of_models_drawn_again(shift):
    drawn = []
    for seed in range(200):
        rows = measure_fidelity(evidence_of(DATA + pictures(100, seed=100 + seed, shift=shift)))
        drawn.append([[row[one] for one in ("value", "low", "high")] for row in rows_of(rows, slice="all")])
    value, low, high = np.moveaxis(np.array(drawn), -1, 0)
    held = ((low <= value.mean(axis=0)) & (value.mean(axis=0) <= high)).mean(axis=0)
    wide = (high - low).mean(axis=0) / 2 / 1.96 / value.std(axis=0)
    print(f"\nshift {shift}: held {dict(zip(MEASURES, held, strict=True))}, too wide by {wide.round(2)}")
    assert (held >= 0.88).all()


def test_pictures_of_other_things_are_far_and_few_lie_among_the_data():
    same, other = figures(DATA + pictures(120, seed=2)), figures(DATA + pictures(120, seed=2, shift=4.0))
    for name in ("kid", "fid"):
        assert other[name]["low"] > 5 * max(same[name]["high"], same[name]["floor"])
    for name in ("manifold_precision", "manifold_recall", "density", "coverage"):
        assert other[name]["high"] < 0.3 < other[name]["floor"]


def test_what_paints_much_the_same_is_precise_but_recalls_little():
    found = figures(DATA + pictures(120, seed=2, spread=0.3))
    assert found["manifold_precision"]["low"] > 0.9
    assert found["manifold_recall"]["high"] < 0.3 < found["manifold_recall"]["floor"]


def test_draws_that_share_noise_are_left_out_together():
    alone = figures(DATA + pictures(100, seed=2))
    twice = [one._replace(seed=one.seed // 2) for one in pictures(100, seed=2)]
    copies = [one._replace(vector=twice[place - place % 2].vector) for place, one in enumerate(twice)]
    shared = figures(DATA + copies)
    assert shared["kid"]["n_effective"] == 50
    assert shared["kid"]["high"] - shared["kid"]["low"] > alone["kid"]["high"] - alone["kid"]["low"]


def test_few_pictures_say_why_there_is_no_figure():
    found = figures(DATA[:40] + pictures(120, seed=2))
    assert list(found) == ["kid"]
    assert found["kid"]["not_measurable"].startswith("120 pictures of the model and 40 of the data; 30 and 60 at least")
    assert list(figures(DATA[:40] + pictures(120, seed=2), where="all")) == list(MEASURES)
    none = figures(pictures(120, seed=2), where="all")
    assert all("give the run that `tain curate` wrote" in row["not_measurable"] for row in none.values())


def test_a_covariance_takes_more_pictures_than_features():
    wide = [one._replace(vector=[*one.vector, *np.zeros(40)]) for one in DATA[:90] + pictures(45, seed=2)]
    found = figures(wide)
    assert "52 features takes more pictures than 45 a side" in found["fid"]["not_measurable"]
    assert found["kid"]["value"] is not None


@pytest.fixture(scope="module")
def imagenet(tmp_path_factory):
    """A file of an ImageNet network's form, of random weights."""
    torchvision_ops.ensure()
    import timm

    torch.manual_seed(0)
    file = tmp_path_factory.mktemp("imagenet") / "random.safetensors"
    save_file(timm.create_model("tf_efficientnet_lite0").state_dict(), file)
    return file


def test_a_network_that_the_recipe_names_sees_every_picture_once(imagenet, tmp_path, tiny_clip):
    table = write_table(tmp_path / "theirs", painted())
    recipe = {"pairing": str(tiny_clip), "annotators": ["skin-tone"], "features": str(imagenet.parent)}
    run = audit(table, tmp_path / "audit", data=write_dataset(tmp_path / "data"), recipe=recipe)
    rows = run.read("features").to_pylist()
    assert run.stages["audit"]["counts"]["features"] == len(rows) == 12 + 8
    assert {row["network"] for row in rows} == {ImageNetFeatures(imagenet).fingerprint}
    assert {len(row["vector"]) for row in rows} == {1280}
    told = rows_of(run.read("measures").to_pylist(), annotator="features", slice="all")
    assert {row["measure"] for row in told} == set(MEASURES)
    assert all("12 pictures of the model and 8 of the data" in row["not_measurable"] for row in told)


def test_a_file_that_is_no_such_network_is_refused_before_anything_is_made(tmp_path, tiny_clip):
    table = write_table(tmp_path / "theirs", painted(1))
    for name in ("one", "other"):
        save_file({"a": torch.zeros(2)}, tmp_path / f"{name}.safetensors")
    for given, said in (
        (tmp_path / "one.safetensors", "holds none of tf_efficientnet_lite0"),
        (tmp_path, "holds 2 files of weights"),
        (tmp_path / "no.safetensors", "no weights"),
    ):
        with pytest.raises(ModelError, match=said):
            audit(table, tmp_path / "audit", recipe={"pairing": str(tiny_clip), "features": str(given)})
        assert not (tmp_path / "audit").exists()
