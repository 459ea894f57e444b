"""`tain plan`: numbers in words and as JSON, and time from a known speed or from a model that paints a few."""

import json

from command_line import refusal, tain


def planned(*words):
    result = tain("plan", "--detect", "0.1", *words)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_it_tells_what_each_claim_takes_and_how_to_paint_it():
    said = planned("--probes", "set:gender", "--images-per-second", "2")
    assert "24 prompts about 4 concepts; power 0.8, significance 0.05" in said
    assert "each of 4 concepts differs by 0.1 between two models:" in said
    assert "tain generate --probes set:gender --replicates" in said
    assert " h\n" in said


def test_json_has_the_same_and_hours_are_pictures_over_speed():
    said = json.loads(
        planned("--probes", "set:occupations", "--images-per-second", "10", "--json", "--reference", "0.3")
    )
    assert said["aim"]["reference"] == 0.3
    assert len(said["claims"]) == 4
    for claim in said["claims"]:
        assert abs(claim["hours"] - claim["total"] / 36_000) < 1e-3
    assert json.loads(planned("--probes", "set:gender", "--json"))["claims"][0]["hours"] is None


def test_a_model_is_timed_by_painting(tiny_latent):
    said = json.loads(planned("--probes", "set:gender", "--model", tiny_latent, "--json"))
    assert said["images_per_second"] > 0
    assert abs(said["claims"][0]["hours"] * 3600 - said["claims"][0]["total"] / said["images_per_second"]) < 1


def test_wrong_input_ends_with_one_line(tmp_path):
    assert "no such recipe file" in refusal("plan", "--probes", tmp_path / "absent.yaml", "--detect", "0.1")
    assert "no share differs by 0.9" in refusal("plan", "--probes", "set:gender", "--detect", "0.9")
    both = tain("plan", "--probes", "set:gender", "--detect", "0.1", "--model", "m", "--images-per-second", "1")
    assert both.exit_code == 2
