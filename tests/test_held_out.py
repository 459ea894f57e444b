"""What a training keeps out is known again from its record."""

import json

from toolkit.held_out import HeldOut, held_out_of, trained_concept


def test_the_record_of_a_model_says_what_it_did_not_see(tmp_path):
    recipe = {"seed": 3, "held_out_share": 0.25, "held_out_sources": ["art"]}
    (tmp_path / "training.json").write_text(json.dumps({"recipe": recipe}))
    found = held_out_of(str(tmp_path))
    assert found == HeldOut(0.25, 3, ("art",))
    share = sum(found.holds(f"concept {one}") for one in range(4_000)) / 4_000
    assert abs(share - 0.25) < 0.03
    assert found.holds("anything", "art")
    assert not HeldOut(0.0, 3).holds("anything", "art")


def test_of_the_bundled_model_it_is_known_and_of_others_it_is_not(tmp_path):
    bundled = held_out_of("zoo:latent")
    assert (bundled.share, bundled.seed, bundled.start) == (0.04, 3, "latent-second")
    (tmp_path / "training.json").write_text("{}")
    for unknown in (str(tmp_path), str(tmp_path / "absent"), "their model", "zoo:nothing"):
        assert held_out_of(unknown) is None


def test_a_pair_is_split_by_its_base_or_else_its_caption():
    assert trained_concept("woman Judge", json.dumps({"base": "Judge"})) == "judge"
    assert trained_concept(" Old Tree ", None) == "old tree"
