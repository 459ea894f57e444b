"""Published figures, reproduced. Each one's source stands beside it in tests/golden/statistics.json."""

import json
from pathlib import Path

import numpy as np
import pytest

from toolkit.statistics.amplification import directional_amplification, zhao_amplification
from toolkit.statistics.association import weat
from toolkit.statistics.corrections import lang_reiczigel, rogan_gladen
from toolkit.statistics.distances import mean_absolute_deviation, normalized_entropy
from toolkit.statistics.intervals import clopper_pearson, wilson
from toolkit.statistics.noise_floor import noise_floor
from toolkit.statistics.power import pictures_per_arm
from toolkit.statistics.raters import krippendorff_alpha
from toolkit.statistics.skin import MONK_COLOURS, monk_tone, nearest_monk

GOLDEN = json.loads(Path(__file__).parents[1].joinpath("golden", "statistics.json").read_text("utf-8"))


@pytest.mark.parametrize("case", GOLDEN["clopper_pearson"], ids=lambda case: f"{case['k']}/{case['n']}")
def test_clopper_pearson_gives_the_published_interval(case):
    assert clopper_pearson(case["k"], case["n"]) == pytest.approx(
        (case["low"], case["high"]), abs=0.5 * 10 ** -case["places"]
    )


@pytest.mark.parametrize("case", GOLDEN["wilson"], ids=lambda case: f"{case['k']}/{case['n']}")
def test_wilson_gives_the_published_interval(case):
    assert wilson(case["k"], case["n"]) == pytest.approx((case["low"], case["high"]), abs=0.5 * 10 ** -case["places"])


@pytest.mark.parametrize("case", GOLDEN["fair_deviation_from_half"], ids=lambda case: f"n={case['n']}")
def test_a_fair_coin_deviates_from_half_by_its_noise_floor(case):
    assert noise_floor(lambda p: abs(float(p[0]) - 0.5), case["n"], 2) == pytest.approx(case["value"], abs=1e-12)


@pytest.mark.parametrize("case", GOLDEN["fair_entropy_deficit_at_10"], ids=lambda case: f"K={case['k']}")
def test_a_fair_model_has_an_entropy_deficit_at_ten_pictures(case):
    floor = noise_floor(lambda p: 1 - normalized_entropy(p), 10, case["k"])
    assert floor == pytest.approx(case["value"], abs=0.005)


@pytest.mark.parametrize("case", GOLDEN["mean_absolute_deviation"], ids=lambda case: str(case["p"]))
def test_mean_absolute_deviation_is_that_of_dall_eval(case):
    assert mean_absolute_deviation(case["p"]) == pytest.approx(case["value"], abs=1e-5)


def test_the_ten_monk_colours_are_the_published_ones_and_map_to_themselves():
    published = [tuple(bytes.fromhex(code)) for code in GOLDEN["monk_scale"]]
    assert list(MONK_COLOURS) == published
    assert [monk_tone(colour) for colour in published] == list(range(1, 11))
    assert np.allclose([nearest_monk(colour).distance for colour in published], 0, atol=1e-9)


@pytest.mark.parametrize("case", GOLDEN["rogan_gladen"], ids=lambda case: str(case["share"]))
def test_rogan_gladen_gives_the_published_share(case):
    found = rogan_gladen(case["share"], case["sensitivity"], case["specificity"])
    assert found == pytest.approx(case["value"], abs=0.5 * 10 ** -case["places"])


@pytest.mark.parametrize("case", GOLDEN["lang_reiczigel"], ids=lambda case: f"{case['k']}/{case['n']}")
def test_lang_reiczigel_gives_the_published_interval(case):
    names = ("k", "n", "k_sens", "n_sens", "k_spec", "n_spec")
    found = lang_reiczigel(*(case[name] for name in names))
    assert (found.low, found.high) == pytest.approx((case["low"], case["high"]), abs=0.5 * 10 ** -case["places"])


@pytest.mark.parametrize("case", GOLDEN["pictures_per_arm"], ids=lambda case: f"{case['first']} {case['second']}")
def test_a_difference_takes_as_many_pictures_as_the_tables_say(case):
    assert pictures_per_arm(case["first"], case["second"]) == case["value"]


@pytest.mark.parametrize("case", GOLDEN["directional_amplification"], ids=lambda case: str(case["value"]))
def test_directional_amplification_is_that_of_its_definition(case):
    found = directional_amplification(case["task"], case["attribute"], case["predicted"])
    assert found == pytest.approx(case["value"], abs=1e-12)


@pytest.mark.parametrize("case", GOLDEN["zhao_amplification"], ids=lambda case: str(case["value"]))
def test_zhao_amplification_is_that_of_its_definition(case):
    assert zhao_amplification(case["data"], case["model"]) == pytest.approx(case["value"], abs=1e-7)


@pytest.mark.parametrize("case", GOLDEN["weat"], ids=lambda case: str(case["effect_size"]))
def test_weat_has_the_effect_size_of_its_definition(case):
    found = weat(*case["targets"], *case["attributes"])
    assert found.effect_size == pytest.approx(case["effect_size"], abs=1e-6)


@pytest.mark.parametrize("case", GOLDEN["krippendorff_alpha"], ids=lambda case: str(case["value"]))
def test_krippendorffs_alpha_is_the_published_one(case):
    assert krippendorff_alpha(case["ratings"]) == pytest.approx(case["value"], abs=0.5 * 10 ** -case["places"])
