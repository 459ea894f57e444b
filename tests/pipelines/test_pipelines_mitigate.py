"""`tain mitigate` from end to end on few pictures: what is changed, what is left, and going on."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from command_line import refusal, tain
from planted_skew import BARE, NAMED, write_planted_skew

from pipelines.mitigate.before import read_before
from pipelines.mitigate.changed_data import changed_data
from pipelines.mitigate.planned import plan_mitigation
from pipelines.mitigate.stage import mitigate
from pipelines.mitigate.trained import recipe_of, short_recipe
from toolkit.audit.stage import audit
from toolkit.errors import RecipeError, RunError
from toolkit.generate.stage import generate
from toolkit.sources.picture_bytes import read_picture
from toolkit.store import RunFolder, open_run
from toolkit.train.training_set import kept_rows
from toolkit.verify.run import verify

SCHEMA = Path(__file__).parents[2] / "toolkit" / "report" / "mitigation.schema.json"
PROBES = {"templates": ["{role}"], "slots": {"role": ["pilot", "artist", "red heart"]}}
FEW = {"num_inference_steps": 2}
AUDIT = {"annotators": ["clip"], "zero_shot": {"min_similarity": -1, "min_probability": 0.5, "min_margin": 0}}


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """Few pictures of two roles and of nobody, held against a set in which both roles are mostly men."""
    folder = tmp_path_factory.mktemp("mitigate")
    data = write_planted_skew(folder / "data", ["pilot", "artist"], captions=(BARE, NAMED))
    painted = generate("zoo:latent", PROBES, folder / "audit", replicates=8, recipe=FEW)
    found = audit(painted, painted.path, data=data, recipe=AUDIT)
    findings = json.loads((found.path / "findings.json").read_text("utf-8"))
    if not any((one["slice"], one["group"], one["kind"]) == ("pilot", "man", "drawn") for one in findings):  # so few
        (found.path / "findings.json").write_text(json.dumps([drawn_as_men("zoo:latent"), *findings]), "utf-8")
    return found


def drawn_as_men(model: str) -> dict[str, Any]:
    """Return a finding as an audit of more pictures would write it."""
    return {
        "title": "men", "subject": model, "slice": "pilot", "group": "man", "kind": "drawn", "annotator": "clip",
        "attribute": "gender presentation", "measure": "share", "correction": "uncorrected",
    }  # fmt: skip


def mitigated(audited: RunFolder, out: Path, by: Any, **more: Any) -> dict[str, Any]:
    made = mitigate(audited.path, out, finding="pilot:man", target="uniform", by=by, **more)
    found: dict[str, Any] = json.loads((made.path / "mitigation.json").read_text("utf-8"))
    jsonschema.validate(found, json.loads(SCHEMA.read_text("utf-8")))
    return found


def pictures(run: RunFolder) -> dict[str, tuple[str, str]]:
    """Return prompt and hash of the picture of each request."""
    prompts = {row["request_id"]: row["prompt"] for row in run.read("requests").to_pylist()}
    return {row["request_id"]: (prompts[row["request_id"]], row["sha256"]) for row in run.read("samples").to_pylist()}


@pytest.mark.parametrize("by", ["prompt", "guidance"])
def test_people_are_steered_and_all_else_is_painted_as_before(by: str, audited: RunFolder, tmp_path: Path) -> None:
    found = mitigated(audited, tmp_path / "out", by)
    [step] = found["steps"]
    after = open_run(tmp_path / "out" / step["run"])
    before, now = pictures(audited), pictures(after)
    assert {prompt for prompt, _ in (now[one] for one in before.keys() & now.keys())} == {"red heart"}
    assert all(before[one] == now[one] for one in before.keys() & now.keys()), "the very same pictures"
    rows = {row["request_id"]: row for row in audited.read("samples").to_pylist()}
    taken = [row for row in after.read("samples").to_pylist() if row["request_id"] in rows]
    assert taken == [rows[row["request_id"]] for row in taken], "taken over with the seconds that they took then"
    left = {one["prompt"]: one["left_alone"] for one in found["touched"]}
    assert left == {"pilot": None, "artist": None, "red heart": "no people"}
    sent = Counter(row["prompt_sent"] != row["prompt"] for row in after.read("requests").to_pylist())
    assert sent[True] == (16 if by == "prompt" else 0)
    assert {row["slice"] for row in step["skew"]} == {"pilot", "artist"}
    assert all(row["pairs"] == 8 for row in step["skew"]), "each picture has its twin of the same seed"
    assert {"clip_score", "vendi"} <= {row["measure"] for row in step["costs"]}
    [distance] = [row for row in step["costs"] if row["measure"] == "kid"]
    assert distance["not_measurable"].startswith("24 pairs of pictures and "), "held against data, but too few"
    assert verify(open_run(tmp_path / "out")).problems == ()
    assert "pilot" in (tmp_path / "out" / "mitigation.html").read_text("utf-8")


def test_the_command_says_what_became_of_each_slice_and_goes_on(audited: RunFolder, tmp_path: Path) -> None:
    words = ["mitigate", audited.path, "--finding", "pilot:man", "--by", "prompt", "--out", tmp_path / "out"]
    said = tain(*words, "--target", "uniform", "--strength", "0.5", "--strength", "1", "--slice", "pilot")
    assert said.exit_code == 0, said.output
    assert "strength 0.5" in said.output
    assert "mitigation.html" in said.output
    assert "artist" not in said.output
    again = tain(*words, "--target", "uniform", "--strength", "0.5", "--strength", "1", "--slice", "pilot")
    assert "painting" in said.output
    assert "painting" not in again.output, "what is finished is told again, not done again"
    assert said.output.endswith(again.output)
    assert "was begun with another strengths" in refusal(*words, "--target", "uniform", "--slice", "pilot")


@pytest.mark.parametrize("by", ["prompt", "guidance"])
def test_prompts_that_already_say_it_are_painted_once_where_nobody_touches_them(
    by: str, audited: RunFolder, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    found = mitigated(audited, out, by, over_application=2, slices=["pilot"])
    [step] = found["steps"]
    assert [row["groups"] for row in step["already_said"]] == [["man"], ["woman"], []]
    assert {row["unchanged"] - row["pictures"] for row in step["already_said"]} == {0}
    assert step["already_said"][-1]["pictures"] == 4
    assert {(row["change"], row["change_low"], row["change_high"]) for row in step["already_said"]} == {(0.0, 0.0, 0.0)}
    before, after = (open_run(out / name) for name in ("said-before", "said-strength-1"))
    assert {prompt for prompt, _ in pictures(before).values()} == {"woman pilot", "man pilot"}
    assert pictures(before) == pictures(after)
    assert before.read("samples").to_pylist() == after.read("samples").to_pylist(), "taken over, not painted again"
    noise = {row["seed"] for row in audited.read("requests").to_pylist() if row["prompt"] == "pilot"}
    assert {row["seed"] for row in before.read("requests").to_pylist()} <= noise, "on the noise of the audit"
    assert step["compute"]["pictures_already_said"] == 4, "each is counted once, though both sides show it"
    assert step["compute"]["seconds_painting_already_said"] > 0
    page = (out / "mitigation.html").read_text("utf-8")
    assert "nothing changed" in page
    assert "; 4 pictures of prompts that already say it, before and after, in " in page


def test_what_was_painted_before_a_kill_is_not_painted_again(
    audited: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr("pipelines.mitigate.already_said.said_rows", lambda *_: 1 / 0)  # killed before it could count
        with pytest.raises(ZeroDivisionError):
            mitigated(audited, out, "prompt", over_application=1, slices=["pilot"])
    names = ("said-before", "said-strength-1", "strength-1")
    first = [open_run(out / name).stages for name in names]
    found = mitigated(audited, out, "prompt", over_application=1, slices=["pilot"])
    assert [open_run(out / name).stages for name in names] == first
    assert found["steps"][0]["already_said"][-1]["pictures"] == 2
    with pytest.raises(RunError, match="was begun with another over_application"):
        mitigated(audited, out, "prompt", over_application=2, slices=["pilot"])


def test_words_that_nobody_listed_are_steered_away_and_that_is_counted(audited: RunFolder, tmp_path: Path) -> None:
    phrases = tmp_path / "phrases.yaml"
    said = {"woman": {"before": "lady"}, "man": {"before": "chap"}}
    phrases.write_text(yaml.safe_dump({"gender presentation": {"values": said, "said": ["lady"]}}), "utf-8")
    found = mitigated(audited, tmp_path / "out", "prompt", over_application=4, slices=["pilot"], phrases=phrases)
    men, women, whole = found["steps"][0]["already_said"]
    assert (women["unchanged"], women["pictures"]) == (4, 4)
    assert men["unchanged"] == 0, "a rule that does not know the word touches what it should not"
    assert whole["change_low"] <= whole["change"] <= whole["change_high"]
    sent = {row["prompt_sent"] for row in open_run(tmp_path / "out" / "said-strength-1").read("requests").to_pylist()}
    assert sent & {"chap lady pilot", "lady chap pilot", "chap chap pilot"}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"over_application": -1}, "over_application is -1"),
        ({"finding": "cook:man"}, "there is no finding 'cook:man'"),
        ({"target": "bls", "slices": ["red heart"]}, "speaks of none of red heart"),
        ({"target": "nowhere.csv"}, "cannot be read"),
        ({"strengths": [0.5, 1.5]}, "a strength of 1.5 by prompt is beyond the whole"),
        ({"slices": ["cook"]}, "the audit has no slice 'cook'"),
        ({"slices": ["red heart"]}, "no prompt of the audit may be touched"),
        ({"also": ["hair"]}, "--also hair goes with --by data or finetune"),
        ({"also": ["hair"], "by": "data"}, "the audit has no shares of 'hair'; it has no other"),
        ({"also": ["gender_presentation"], "by": "data"}, "that is the attribute of the finding"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_painted(
    more: dict[str, Any], said: str, audited: RunFolder, tmp_path: Path
) -> None:
    asked: dict[str, Any] = {"finding": "pilot:man", "target": "uniform", "by": "prompt"} | more
    with pytest.raises(RecipeError, match=said):
        mitigate(audited.path, tmp_path / "out", **asked)
    assert not (tmp_path / "out").exists()


def test_a_run_that_nobody_can_paint_again_is_refused(audited: RunFolder, tmp_path: Path) -> None:
    data = read_before(audited.path).data
    assert data is not None
    with pytest.raises(RunError):
        mitigate(data.path, tmp_path / "out", finding="1", target="uniform", by="prompt")


def test_data_is_rebalanced_among_captions_that_name_no_gender(audited: RunFolder, tmp_path: Path) -> None:
    before = read_before(audited.path)
    assert before.data is not None
    planned = plan_mitigation(before, "pilot:man", "uniform", slices=["pilot"])
    made = changed_data(before, planned, tmp_path / "data", 1.0)
    [concept] = made.stages["rebalance"]["counts"]["concepts"].values()
    assert concept["before"]["man"] > 2 * concept["before"]["woman"]
    assert abs(concept["after"]["man"] - concept["after"]["woman"]) <= 1
    assert concept["rewritten"]["woman"] > 0, "women whose captions say so are shown under the bare name too"
    was, now = (len(list(kept_rows([run], ["caption"]))) for run in (before.data, made))
    assert now - was == concept["after"]["woman"] - concept["before"]["woman"]
    for _, row in kept_rows([made], ["caption", "image", "meta"]):
        assert read_picture(row["image"], made.path)
        meta = json.loads(row["meta"])
        assert "copy_of" not in meta or row["caption"] == "pilot"
    dropped = [one.read("decisions", ["keep"])["keep"].to_pylist().count(False) for one in (before.data, made)]
    assert dropped[0] == dropped[1] > 0, "whom curation left out stays written down"
    assert verify(made).problems == ()
    assert changed_data(before, planned, tmp_path / "data", 1.0).path == made.path


def test_a_short_training_on_changed_data_is_judged_as_the_others(
    audited: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.mitigate.trained.SHORT", {"steps": 2, "batch_size": 4, "warmup": 0})
    found = mitigated(audited, tmp_path / "out", "finetune", slices=["pilot"])
    [step] = found["steps"]
    assert step["subject"] == str(tmp_path / "out" / "model-1")
    assert step["compute"]["seconds_training"] > 0
    assert found["touched"] == [], "the model was changed, and no prompt"
    men, women, whole = step["already_said"]
    assert (women["groups"], men["groups"], whole["groups"]) == (["woman"], ["man"], [])
    assert (whole["pictures"], whole["unchanged"], whole["prompts"]) == (8, 0, 2), "another model paints other pictures"
    assert whole["pairs"] == women["pairs"] + men["pairs"]
    assert step["compute"]["pictures_already_said"] == 16, "eight before, eight after"
    assert [
        open_run(tmp_path / "out" / name).stages["label"]["finished"] for name in ("said-before", "said-strength-1")
    ]
    assert "The model was changed, and no prompt" in (tmp_path / "out" / "mitigation.html").read_text("utf-8")
    assert (
        json.loads((tmp_path / "out" / "model-1" / "training.json").read_text("utf-8"))["start"]["name"] == "zoo:latent"
    )
    assert all(row["pairs"] == 8 for row in step["skew"])
    ledger = json.loads((tmp_path / "out" / step["run"] / "ledger.json").read_text("utf-8"))
    steps = {
        one["group"]: {part["step"]: part["value"] for part in one["steps"]}
        for one in ledger
        if one["slice"] == "pilot"
    }
    assert abs(steps["woman"]["kept"] - 0.5) < 0.05, "the ledger shows the step that moved"


HAIR = {"attribute": "hair", "prompts": {"long": ["{concept} with long hair"], "short": ["{concept} with short hair"]}}


def kept_shares(run: Path) -> dict[tuple[str, str], float]:
    """Return the share of each group in the kept pictures of pilots, by the ledger of an audit."""
    return {
        (one["attribute"], one["group"]): part["value"]
        for one in json.loads((run / "ledger.json").read_text("utf-8"))
        for part in one["steps"]
        if one["slice"] == "pilot" and part["step"] == "kept"
    }


def test_several_attributes_are_brought_to_their_targets_at_once_and_all_are_judged(
    audited: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.mitigate.trained.SHORT", {"steps": 2, "batch_size": 4, "warmup": 0})
    data = read_before(audited.path).data
    both = audit(audited, tmp_path / "both", data=data, recipe=AUDIT | {"readings": [HAIR | AUDIT["zero_shot"]]})
    (both.path / "findings.json").write_text(json.dumps([drawn_as_men("zoo:latent")]), "utf-8")
    found = mitigated(both, tmp_path / "out", "finetune", slices=["pilot"], also=["hair"])
    [concept] = open_run(tmp_path / "out" / "data-1").stages["rebalance"]["counts"]["concepts"].values()
    [hair] = concept["also"]
    assert abs(concept["after"]["man"] - concept["after"]["woman"]) <= 2
    assert concept["short"] == hair["short"] == []
    assert hair["left"] is None
    assert abs(hair["after"]["long"] - hair["after"]["short"]) <= 4, "of whole numbers, in each gender"
    assert abs(hair["before"]["long"] - hair["before"]["short"]) > 4
    [step] = found["steps"]
    [also] = step["also"]
    assert (also["attribute"], also["annotator"]) == ("hair", "clip")
    assert {(row["slice"], row["group"], row["target"]) for row in also["skew"]} == {
        ("pilot", "long", 0.5),
        ("pilot", "short", 0.5),
    }
    assert all(row["pairs"] == 8 for row in also["skew"]), "on the same seeds"
    assert also["bias"]["slices"] == 1
    assert all(one["attribute"] not in ("hair", "gender presentation") for one in step["others"])
    assert any("by which words a caption names its hair" in one for one in found["cautions"])
    page = (tmp_path / "out" / "mitigation.html").read_text("utf-8")
    assert "Also: hair, towards uniform shares, as clip reads it" in page
    before, after = (kept_shares(both.path), kept_shares(tmp_path / "out" / step["run"]))
    for group in (("hair", "long"), ("gender presentation", "woman")):
        assert abs(after[group] - 0.5) < abs(before[group] - 0.5) - 0.03, "the ledger shows the step that moved"
    assert verify(open_run(tmp_path / "out")).problems == ()


def test_adapters_of_a_pipeline_are_trained_on_changed_data(
    tiny_pipeline: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tiny_pipeline("StableDiffusionPipeline")
    monkeypatch.setattr("pipelines.mitigate.trained.SHORT_PIPELINE", {"steps": 2, "batch_size": 2, "warmup": 0})
    data = write_planted_skew(tmp_path / "data", ["pilot"], captions=(BARE, NAMED))
    probes = {"templates": ["{role}"], "slots": {"role": ["pilot"]}}
    painted = generate(str(model), probes, tmp_path / "audit", replicates=4, recipe={"num_inference_steps": 1})
    found = audit(painted, painted.path, data=data, recipe=AUDIT)
    (found.path / "findings.json").write_text(json.dumps([drawn_as_men(str(model))]), "utf-8")
    made = mitigate(found.path, tmp_path / "out", finding="1", target="uniform", by="finetune")
    [step] = json.loads((made.path / "mitigation.json").read_text("utf-8"))["steps"]
    assert list((made.path / "model-1").rglob("*lora*.safetensors"))
    assert step["subject"] == str(made.path / "model-1" / "merged")
    assert [row["pairs"] for row in step["skew"]] == [4, 4], "twins, though the model has another name"


def test_how_a_model_is_trained_anew_is_read_from_its_folder(tmp_path: Path, tiny_pixel: Path) -> None:
    assert recipe_of(str(Path(__file__).parents[2] / "toolkit" / "zoo" / "latent")).kind == "latent"
    with pytest.raises(RecipeError, match="does not say how it was trained"):
        recipe_of(str(tiny_pixel))
    with pytest.raises(RecipeError, match="of the family pixel, which cannot be trained on"):
        short_recipe(str(tiny_pixel))
    with pytest.raises(
        RecipeError, match=r"zoo:latent comes with Tain, .* mitigate --by finetune; .* tain train --data"
    ):
        recipe_of("zoo:latent")
    for hub in ("stabilityai/sd-turbo", "hf:stabilityai/sd-turbo"):
        with pytest.raises(RecipeError, match=r"is not a folder that tain train wrote.* mitigate --by finetune"):
            recipe_of(hub)
    (tmp_path / "training.json").write_text("{}")
    with pytest.raises(RecipeError, match=r"training\.json is damaged"):
        recipe_of(str(tmp_path))
    (tmp_path / "model_index.json").write_text("{}")
    assert short_recipe(str(tmp_path)).kind == "pipeline", "adapters of a diffusers pipeline"


def test_a_model_that_cannot_be_trained_anew_is_refused_before_anything_is_made(
    audited: RunFolder, tmp_path: Path
) -> None:
    with pytest.raises(RecipeError, match="mitigate --by finetune"):
        mitigate(audited.path, tmp_path / "out", finding="pilot:man", target="uniform", by="data")
    assert not (tmp_path / "out").exists()
