"""A whole audit of what another system painted, beside a dataset: nothing is lost, and twice is the same."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from audited import ROLES, painted, write_dataset, write_table

import toolkit
from toolkit.audit.stage import audit, label
from toolkit.errors import ModelError, RecipeError, RunError, SourceError
from toolkit.images import decode
from toolkit.models.pairing import load_pairing
from toolkit.report.stage import write_report
from toolkit.store import open_run


@pytest.fixture(scope="module")
def inputs(tmp_path_factory, tiny_clip):
    folder = tmp_path_factory.mktemp("audit-inputs")
    rows = painted()
    rows.append({"prompt": "judge", "data": b"not a picture"})
    rows.append({"prompt": "judge", "data": None})
    table = write_table(folder / "theirs", rows)
    recipe = {
        "pairing": str(tiny_clip),
        "zero_shot": {"min_similarity": -1},
    }  # its weights are random: no scale to trust
    return table, write_dataset(folder / "curated"), recipe


@pytest.fixture(scope="module")
def audited(inputs, tmp_path_factory):
    table, data, recipe = inputs
    return audit(table, tmp_path_factory.mktemp("runs") / "audit", data=data, recipe=recipe)


def shares(run, **wanted):
    return [row for row in run.read("measures").to_pylist() if all(row[key] == value for key, value in wanted.items())]


def test_every_picture_has_a_label_or_an_abstention(audited):
    samples = audited.read("samples").to_pylist()
    labels = [row for row in audited.read("labels").to_pylist() if row["subject_kind"] == "sample"]
    assert len(samples) == 14
    for annotator in ("clip", "skin-tone"):
        assert {row["subject_id"] for row in labels if row["annotator"] == annotator} == {
            row["request_id"] for row in samples
        }
    broken = {row["request_id"] for row in samples if row["error"] is not None}
    assert len(broken) == 2
    assert all(row["abstained"] and row["value"] is None for row in labels if row["subject_id"] in broken)
    assert audited.stages["audit"]["counts"]["unreadable"] == 2


def test_told_and_abstained_are_all_labels_in_every_slice(audited):
    for annotator in ("clip", "skin-tone"):
        for row in shares(audited, subject="their model", annotator=annotator, measure="share"):
            expected = {"firefighter": 6, "judge": 8, "all": 14}[row["slice"]]
            assert row["n"] + row["abstained"] == expected


def test_skin_tones_are_read_from_what_was_painted(audited):
    (light,) = shares(audited, subject="their model", slice="firefighter", group="monk-4", measure="share")
    (dark,) = shares(audited, subject="their model", slice="judge", group="monk-8", measure="share")
    assert (light["value"], light["n"]) == (1.0, 6)
    assert (dark["value"], dark["n"], dark["abstained"]) == (1.0, 6, 2)
    assert dark["low"] < 1 == dark["high"]
    (worst,) = shares(audited, subject="their model", slice="judge", group="monk-8", measure="share_worst_low")
    assert worst["value"] == pytest.approx(6 / 8)
    assert light["q"] <= 0.05
    assert light["correction"] == "uncorrected"


def test_a_dataset_is_described_and_nothing_is_inferred_from_it(audited):
    rows = [row for row in audited.read("measures").to_pylist() if row["subject"].startswith("data:")]
    assert {row["subject"] for row in rows} == {"data:emoji/vendor", "data:openclipart", "data:all sources"}
    for row in rows:
        if row["subject"] == "data:all sources":  # what curation did, against dropping at random
            assert row["measure"].startswith("amplification")
            assert [row[column] for column in ("low", "high", "confidence")] == [None] * 3
            continue
        assert row["method"] == ("worst case over abstentions" if "worst" in row["measure"] else "census")
        assert [row[column] for column in ("low", "high", "p", "q", "floor", "confidence")] == [None] * 6


def test_the_census_says_whom_the_neutral_drawing_looks_like(audited):
    wanted = {"subject": "data:emoji/vendor", "annotator": "nearest-variant", "measure": "share"}
    read = {(row["slice"], row["group"]): (row["value"], row["n"]) for row in shares(audited, **wanted)}
    assert read["firefighter", "man"] == (1.0, 1)
    assert read["judge", "woman"] == (1.0, 1)
    assert read["all", "man"] == (0.5, 2)


def test_the_yellow_default_person_is_outside_human_skin_and_says_why_nothing_is_measured(audited):
    wanted = {"subject": "data:emoji/vendor", "slice": "all", "attribute": "skin tone"}
    (outside,) = shares(audited, **wanted, measure="share_outside_human_skin")
    assert (outside["value"], outside["n"]) == (1.0, 2)
    for row in shares(audited, **wanted, measure="share"):
        assert row["value"] is None
        assert "outside human skin" in row["not_measurable"]


def test_captions_of_the_data_are_a_reference(audited):
    (judges,) = shares(audited, subject="data:openclipart", slice="judge", annotator="caption-words", group="woman",
                       measure="share")  # fmt: skip
    assert (judges["value"], judges["n"], judges["abstained"]) == (1.0, 1, 1)
    differences = shares(audited, subject="their model", slice="judge", measure="difference_from_captions")
    named = {"woman": 2 / 3, "man": 1 / 3}  # of the vendor's two and openclipart's lady
    (woman,) = shares(audited, subject="their model", slice="judge", group="woman", measure="share", annotator="clip")
    for row in differences:
        share = woman["value"] if row["group"] == "woman" else 1 - woman["value"]
        assert row["value"] == pytest.approx(share - named[row["group"]], abs=1e-5)
    assert len(differences) == 2


def test_dropped_pairs_are_labelled_for_the_ledger_and_counted_nowhere_else(audited, inputs):
    captions = {row["sample_id"]: row["caption"] for row in inputs[1].read("pairs").to_pylist()}
    seen: dict[str, set[str]] = {}
    for row in audited.read("labels").to_pylist():
        if row["subject_id"] in captions:
            seen.setdefault(row["subject_kind"], set()).add(captions[row["subject_id"]])
    assert "old judge, law, people" in seen["pair"]
    assert not seen["pair"] & {"dropped judge", "tree"}
    assert seen["dropped"] == {"dropped judge"}
    assert not [row for row in audited.read("measures").to_pylist() if row["subject"].startswith("raw:")]
    wanted = {"subject": "data:openclipart", "slice": "judge", "annotator": "skin-tone", "measure": "share_abstained"}
    (read,) = shares(audited, **wanted)
    assert read["n"] == 1  # the old judge alone: the lady's caption names a gender, the other was dropped


def test_the_ledger_follows_the_pictures_from_raw_to_generated(audited):
    entries = json.loads((audited.path / "ledger.json").read_text("utf-8"))
    wanted = {"subject": "their model", "slice": "judge", "annotator": "skin-tone", "group": "monk-7"}
    (one,) = [entry for entry in entries if wanted.items() <= entry.items()]
    steps = {step["step"]: step for step in one["steps"]}
    assert list(steps) == ["raw", "kept", "captions", "generated"]
    assert (steps["raw"]["n"], steps["kept"]["n"]) == (3, 2)  # openclipart's; the vendor's are yellow
    assert steps["raw"]["abstained"] == steps["kept"]["abstained"] == 3
    assert (steps["raw"]["value"], steps["kept"]["value"], steps["generated"]["value"]) == (1.0, 1.0, 0.0)
    assert steps["captions"]["not_measurable"] == (
        "no caption of a kept pair tells the skin tone: captions are not read for it"
    )
    assert steps["generated"]["change"]["reference"] == "kept"
    assert steps["generated"]["change"]["p"] == pytest.approx(2 / 28, abs=1e-4)  # 2 of 2 and 0 of 6
    assert one["responsible"] is None  # so few pictures blame nobody
    (row,) = shares(audited, **wanted | {"measure": "ledger_generated"})
    assert (row["value"], row["n"], row["abstained"]) == (0.0, 6, 2)


def test_embeddings_are_kept_for_every_picture_that_could_be_read(audited, inputs):
    rows = audited.read("embeddings").to_pylist()
    counts = audited.stages["audit"]["counts"]
    assert Counter(row["subject_kind"] for row in rows) == {"sample": 12, "pair": 8, "dropped": 1}
    assert counts["embeddings"] == len(rows)
    network = load_pairing(inputs[2]["pairing"])
    assert {row["network"] for row in rows} == {network.fingerprint}
    pictures = {row["request_id"]: row["image_path"] for row in audited.read("samples").to_pylist()}
    one = next(row for row in rows if row["subject_kind"] == "sample")
    pixels = decode((audited.path / pictures[one["subject_id"]]).read_bytes())
    assert one["vector"] == pytest.approx(network.embed_images([pixels])[0].tolist(), abs=1e-6)


def test_twice_gives_the_same_tables_byte_for_byte(inputs, audited, tmp_path):
    table, data, recipe = inputs
    again = audit(table, tmp_path / "again", data=data, recipe=recipe)
    assert again.content_hash() == audited.content_hash()
    for name in ("findings.json", "calibration.json", "ledger.json"):
        assert (again.path / name).read_bytes() == (audited.path / name).read_bytes()


def test_labels_made_before_are_measured_and_not_made_again(inputs, audited, tmp_path):
    _, data, recipe = inputs
    labelled = label(audited, tmp_path / "labelled", data=data, recipe=recipe)
    assert labelled.read("labels").equals(audited.read("labels"))
    assert labelled.read("embeddings").equals(audited.read("embeddings"))
    measured = audit(labelled, tmp_path / "measured", data=data, recipe=recipe)
    assert not measured.has("labels")
    assert not measured.has("embeddings")
    assert measured.read("measures").equals(audited.read("measures"))


def test_an_audit_is_added_to_the_run_it_reads_and_only_once(inputs, audited, tmp_path):
    _, data, recipe = inputs
    for name in ("run.json", "requests", "samples", "images", "marks/samples"):
        source = audited.path / name
        target = tmp_path / "painted" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    record = json.loads((tmp_path / "painted" / "run.json").read_text())
    del record["stages"]["audit"]
    (tmp_path / "painted" / "run.json").write_text(json.dumps(record))
    run = audit(tmp_path / "painted", tmp_path / "painted", data=data, recipe=recipe)
    assert run.path == tmp_path / "painted"
    assert run.read("measures").equals(audited.read("measures"))
    with pytest.raises(RunError, match="already has the stage 'audit'"):
        audit(tmp_path / "painted", tmp_path / "painted", data=data, recipe=recipe)


def test_an_interrupted_audit_starts_over(inputs, audited, tmp_path):
    _, data, recipe = inputs
    shutil.copytree(audited.path, tmp_path / "run")
    (tmp_path / "run" / "marks" / "audit" / "part-00000").unlink()
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    record["stages"]["audit"]["finished"] = False
    (tmp_path / "run" / "run.json").write_text(json.dumps(record))
    run = audit(tmp_path / "run", tmp_path / "run", data=data, recipe=recipe)
    assert run.content_hash() == audited.content_hash()


def test_findings_lead_back_to_measures(audited):
    findings = json.loads((audited.path / "findings.json").read_text("utf-8"))
    rows = {
        (row["subject"], row["slice"], row["attribute"], row["group"], row["measure"], row["annotator"]): row
        for row in audited.read("measures").to_pylist()
    }
    told = [one for one in findings if one["subject"] != "annotators"]
    assert told
    for one in told:
        row = rows[tuple(one[c] for c in ("subject", "slice", "attribute", "group", "measure", "annotator"))]
        assert all(one[column] == row[column] for column in ("value", "low", "high", "n", "floor", "q"))
    assert any("'firefighter' with a skin tone perceived as Monk tone 4 100 %" in one["title"] for one in told)


def test_calibration_counts_every_known_picture(audited):
    found = json.loads((audited.path / "calibration.json").read_text("utf-8"))
    clip = next(one for one in found if one["annotator"] == "clip")
    assert clip["source"] == "data:emoji/vendor"
    assert clip["n"] == 2 * len(ROLES) == sum(sum(row.values()) for row in clip["confusion"].values())
    skin = next(one for one in found if one["annotator"] == "skin-tone")
    assert skin["confusion"] == {"no tone named": {"abstained": 4}}


def test_it_runs_from_the_top_of_the_library_without_a_dataset_or_a_network(inputs, tmp_path):
    run = toolkit.audit(inputs[0], tmp_path / "run", recipe={"annotators": ["skin-tone"]})
    assert {row["annotator"] for row in run.read("labels").to_pylist()} == {"skin-tone"}
    assert json.loads((run.path / "calibration.json").read_text()) == []


def test_the_command_of_a_finding_finds_the_same_again(inputs, tmp_path):
    recipe = {"annotators": ["skin-tone"]}
    run = audit(inputs[0], tmp_path / "run", data=inputs[1], recipe=recipe)
    write_report(run)
    command = json.loads((run.path / "report" / "report.json").read_text("utf-8"))["findings"][0]["command"]
    words = [sys.executable, "-m", "pipelines.cli", *command.removeprefix("tain ").split()]
    environ = os.environ | {"PYTHONPATH": str(Path(toolkit.__file__).parents[1])}
    subprocess.run(words, cwd=run.path, check=True, capture_output=True, env=environ)
    first, again = (json.loads((run.path / at / "findings.json").read_text("utf-8")) for at in (".", "../again"))
    assert first
    assert again == first


def test_bad_input_is_told_what_is_wrong(tmp_path, inputs, tiny_clip):
    with pytest.raises(SourceError, match="does not exist"):
        audit(tmp_path / "absent", tmp_path / "out")
    with pytest.raises(RunError, match="no samples"):
        audit(inputs[1], tmp_path / "out", recipe={"pairing": str(tiny_clip)})
    with pytest.raises(RecipeError, match="did you mean 'confidence'"):
        audit(inputs[0], tmp_path / "out", recipe={"confidense": 0.9})
    with pytest.raises(ModelError):
        audit(inputs[0], tmp_path / "out", recipe={"pairing": str(tmp_path / "no-weights")})
    with pytest.raises(RecipeError, match="no annotator is called 'klip'"):
        audit(inputs[0], tmp_path / "out", recipe={"annotators": ["klip"]})
    (tmp_path / "no-prompts.csv").write_text("image,size\na.png,3\n")
    with pytest.raises(SourceError, match="no captions"):
        audit(tmp_path / "no-prompts.csv", tmp_path / "out2")
    (tmp_path / "no-pictures.csv").write_text("prompt,size\njudge,3\n")
    with pytest.raises(SourceError, match="no pictures"):
        audit(tmp_path / "no-pictures.csv", tmp_path / "out2")
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "out2").exists()


def test_a_run_of_another_folder_is_opened_where_it_is(audited):
    assert open_run(audited.path, needs=["labels", "measures"]).stages["audit"]["finished"]
