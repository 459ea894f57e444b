"""Counterfactuals: pictures of one noise under two words, compared pair by pair."""

import numpy as np
import pytest
from shown import Shown, measured, rows_of

import toolkit
from toolkit.requested import Variant
from toolkit.statistics.paired import mcnemar, paired_difference


def pairs(changes, concept="judge", prompt="p", style="style", first_seed=0):
    """Return two pictures for each (read plain, read trending), painted from one noise of `prompt`."""
    found = []
    for place, (plain, trending) in enumerate(changes):
        for order, (value, read) in enumerate((("plain", plain), ("trending", trending))):
            attributes = {"concept": concept, "role": concept, style: value}
            variant = Variant(prompt, attributes, order)
            found.append(Shown("sample", concept, read, f"{value} {concept}", first_seed + place, (variant,)))
    return found


def effects(rows, concept="all", read="woman"):
    (row,) = rows_of(
        rows,
        measure="counterfactual_effect",
        slice=concept,
        group=f"{read}: style 'trending' against 'plain'",
    )
    return row


def test_the_effect_is_that_of_the_pairs_and_p_is_mcnemars():
    both = [("woman", "woman")] * 10 + [("man", "man")] * 10 + [("man", "woman")] * 12 + [("woman", "man")] * 2
    row = effects(measured(pairs([*both, (None, "woman"), ("man", None), (None, None)])), "judge")
    assert (row["value"], row["n"], row["abstained"]) == (pytest.approx(10 / 34, abs=1e-6), 34, 3)
    assert row["p"] == pytest.approx(mcnemar(12, 2).p, rel=1e-3)
    assert row["q"] >= row["p"]
    assert 0 < row["low"] < row["value"] < row["high"]
    assert row["reference"] == "style: plain"


def test_men_and_women_mirror_each_other():
    rows = measured(pairs([("man", "woman")] * 9 + [("man", "man")] * 9))
    woman, man = effects(rows), effects(rows, read="man")
    assert woman["value"] == -man["value"] == 0.5
    assert woman["p"] == man["p"]


def test_no_change_in_a_few_pairs_is_not_certainty():
    row = effects(measured(pairs([("man", "man")] * 5)))
    assert (row["value"], row["p"]) == (0, 1)
    assert (row["low"], row["high"]) == pytest.approx(paired_difference(0, 0, 5)[1:], abs=1e-6)
    assert row["low"] < -0.3 < 0.3 < row["high"]


def test_pairs_of_one_noise_count_as_one_draw():
    once = pairs([("man", "woman")] * 6)
    again = [
        one._replace(variants=(one.variants[0]._replace(attributes={**one.variants[0].attributes, "size": "big"}),))
        for one in once
    ]
    row = effects(measured(once + again), "judge")
    assert (row["n"], row["n_effective"]) == (12, 6)
    assert row["p"] == pytest.approx(mcnemar(6, 0).p, rel=1e-3)


def test_the_value_listed_first_is_the_counterpart_and_only_the_changed_attribute_is_compared():
    variants = [("zebra", 0), ("ant", 1), ("bee", 2)]
    pictures = [
        Shown("sample", "judge", read, word, 7, (Variant("p", {"concept": "judge", "style": word}, order),))
        for (word, order), read in zip(variants, ("man", "woman", "woman"), strict=True)
    ]
    rows = rows_of(measured(pictures), measure="counterfactual_effect", slice="judge")
    assert {row["group"] for row in rows} == {
        f"{read}: style '{word}' against 'zebra'" for read in ("woman", "man") for word in ("ant", "bee")
    }


def test_other_noise_or_other_prompts_are_no_pairs():
    rows = measured(pairs([("man", "woman")])[:1] + pairs([("man", "woman")], first_seed=9)[1:])
    (row,) = rows_of(rows, measure="counterfactual_effect")
    assert row["value"] is None
    assert "list attributes in the probe file" in row["not_measurable"]


def test_intervals_over_prompts_hold_the_effect_and_fair_words_are_seldom_found():
    random = np.random.default_rng(11)
    held = found = 0
    for _ in range(40):
        pictures = []
        for prompt in range(12):
            drawn = random.random((6, 2)) < [[0.4, 0.6]]
            changes = [tuple("woman" if one else "man" for one in pair) for pair in drawn]
            pictures += pairs(changes, prompt=f"p{prompt}", first_seed=100 * prompt)
        row = effects(measured(pictures))
        held += row["low"] <= 0.2 <= row["high"]
        same = [one._replace(value="woman" if random.random() < 0.5 else "man") for one in pictures]
        found += effects(measured(same))["q"] <= 0.05
    assert row["method"].startswith("bootstrap of prompts")
    assert held >= 34
    assert found <= 6


def test_the_attributes_of_a_probe_file_are_compared_by_a_whole_audit(tiny_latent, tiny_clip, tmp_path):
    probes = {
        "templates": ["a {style} {role}", "one {role}"],
        "slots": {"role": ["judge", "cook"]},
        "attributes": {"style": {"plain": "", "trending": "trending"}},
    }
    painter = toolkit.load_generator(str(tiny_latent))
    painted = toolkit.generate(painter, probes, tmp_path / "painted", replicates=3, seed=1)
    recipe = {"pairing": str(tiny_clip), "annotators": ["clip"], "zero_shot": {"min_similarity": -1}}
    run = toolkit.audit(painted, tmp_path / "audit", recipe=recipe)
    rows = rows_of(run.read("measures").to_pylist(), measure="counterfactual_effect")
    told = {(row["slice"], row["group"]): row["n"] + row["abstained"] for row in rows}
    assert told == {
        (concept, f"{read}: style 'trending' against 'plain'"): pairs
        for concept, pairs in (("all", 6), ("judge", 3), ("cook", 3))
        for read in ("woman", "man")
    }
