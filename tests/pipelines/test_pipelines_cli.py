"""The command line as a person meets it: exit codes, one clear line, nothing lost, no traceback unless asked for."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from command_line import refusal, tain
from hostile import photograph, write_hostile_folder

from pipelines.cli import cli
from toolkit.errors import RunError
from toolkit.store import create_run, open_run

# A shell that runs the tests in the background makes its children ignore Ctrl-C; a terminal does not.
AS_ON_A_TERMINAL = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
TAIN = [sys.executable, "-c", f"{AS_ON_A_TERMINAL}; from pipelines.cli import main; main()"]


@pytest.fixture
def pairs(tmp_path):
    """A folder of three small real pictures with captions."""
    folder = tmp_path / "pairs"
    folder.mkdir()
    for place, caption in enumerate(("an astronaut before a flag", "a woman who smiles", "a portrait of a pilot")):
        photograph(96).crop((place * 8, 0, 72 + place * 8, 96)).save(folder / f"{place}.png")
        (folder / f"{place}.txt").write_text(caption)
    return folder


@pytest.fixture
def curated(pairs, tmp_path):
    out = tmp_path / "curated"
    assert tain("curate", pairs, "--out", out).exit_code == 0
    return out


@pytest.fixture
def probes(tmp_path):
    file = tmp_path / "probes.yaml"
    file.write_text('templates: ["{role}"]\nslots:\n  role: [firefighter, judge]\n')
    return file


# -- the doors themselves ---------------------------------------------------------------------------------------------
def test_help_needs_nothing_heavy():
    program = (
        "import sys\nfrom pipelines.cli import cli\n"
        "try:\n    cli(['--help'])\nexcept SystemExit as end:\n    assert end.code == 0\n"
        "print('loaded:', *sorted({'numpy', 'pyarrow', 'torch', 'rich', 'pydantic', 'streamlit'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "Commands:" in done.stdout
    assert done.stdout.strip().endswith("loaded:")


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["--version"], *([name, "--help"] for name in cli.commands)])
def test_help_and_version_end_well(words):
    assert tain(*words).exit_code == 0


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["curate"],
        ["curate", "somewhere"],
        ["curate", "somewhere", "--out", "x", "--workers", "0"],
        ["curate", "somewhere", "--out", "x", "--unknown"],
        ["export", "run", "--to", "zip", "--out", "x"],
        ["train", "vae", "--data", "run", "--out", "x"],
        ["train", "clip", "--data", "run", "--out", "x", "--minutes", "0"],
        ["generate", "--model", "zoo:latent", "--out", "x"],
        ["fetch", "laion", "--out", "x"],
        ["audit", "--out", "x"],
        ["audit", "run", "--samples", "file.csv", "--out", "x"],
        ["dashboard", "--port", "0"],
    ],
)
def test_wrong_usage_is_exit_code_2_and_says_how(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = tain(*words)
    assert result.exit_code == 2
    assert "Usage: tain" in result.stderr
    assert "Error: " in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_program_itself_ends_with_these_codes(tmp_path):
    for words, code in ((["--version"], 0), (["report", "nowhere"], 1), (["audit", "--out", "x"], 2)):
        done = subprocess.run([*TAIN, *words], capture_output=True, text=True, cwd=tmp_path, check=False)
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr


# -- bad input --------------------------------------------------------------------------------------------------------
def test_a_source_that_is_not_there_or_empty_or_without_captions(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "numbers.csv").write_text("width,height\n3,4\n")
    (tmp_path / "notes.docx").write_text("what is this")
    assert "nowhere" in refusal("curate", tmp_path / "nowhere", "--out", tmp_path / "out")
    assert "empty" in refusal("curate", tmp_path / "empty", "--out", tmp_path / "out")
    said = refusal("curate", tmp_path / "numbers.csv", "--out", tmp_path / "out")
    assert "caption" in said
    assert "width" in said, "it names the columns that are there"
    assert "notes.docx" in refusal("curate", tmp_path / "notes.docx", "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists(), "nothing is made before the source is understood"


def test_a_recipe_with_a_typo_names_the_nearest_key(pairs, curated, probes, tiny_latent, tmp_path):
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("captions:\n  min_word: 2\n")
    said = refusal("curate", pairs, "--out", tmp_path / "out", "--recipe", recipe)
    assert "captions.min_word" in said
    assert "'min_words'" in said
    assert "'min_words'" in refusal("decide", curated, "--out", tmp_path / "out", "--recipe", recipe)
    assert "no such recipe file" in refusal("curate", pairs, "--out", tmp_path / "out", "--recipe", tmp_path / "none")
    probes.write_text("template: ['{role}']\n")
    said = refusal("generate", "--model", tiny_latent, "--probes", probes, "--out", tmp_path / "out")
    assert "'templates'" in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["decide", "RUN", "--recipe", "RECIPE", "--out", "OUT"],
        ["export", "RUN", "--to", "parquet", "--out", "OUT"],
        ["train", "clip", "--data", "RUN", "--out", "OUT"],
        ["label", "RUN", "--out", "OUT"],
        ["audit", "RUN", "--out", "OUT"],
        ["report", "RUN"],
    ],
)
def test_a_run_folder_of_another_version_or_none_at_all(words, tmp_path):
    (tmp_path / "recipe.yaml").write_text("captions: {min_words: 2}\n")
    run = tmp_path / "run"
    places = {"RUN": str(run), "RECIPE": str(tmp_path / "recipe.yaml"), "OUT": str(tmp_path / "out")}
    words = [places.get(word, word) for word in words]
    assert str(run) in refusal(*words)
    run.mkdir()
    (run / "run.json").write_text('{"format": 99, "stages": {}}')
    assert "format 99" in refusal(*words)
    (run / "run.json").write_text('{"format": 1, "stages"')
    assert "damaged" in refusal(*words)
    assert not (tmp_path / "out").exists()


def test_a_run_without_the_table_that_is_needed(tiny_clip, tmp_path):
    create_run(tmp_path / "run")
    (tmp_path / "audit.yaml").write_text(f"pairing: {tiny_clip}\n")
    out = ["--out", tmp_path / "out"]
    assert "has no" in refusal("export", tmp_path / "run", "--to", "parquet", *out)
    assert "has no" in refusal("audit", tmp_path / "run", *out, "--recipe", tmp_path / "audit.yaml")


def test_a_model_without_weights_or_none_at_all(probes, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model_index.json").write_text('{"_class_name": "StableDiffusionPipeline"}')
    asked = ["--probes", probes, "--out", tmp_path / "out"]
    assert str(folder) in refusal("generate", "--model", folder, *asked)
    (folder / "model_index.json").unlink()
    assert str(folder) in refusal("generate", "--model", folder, *asked)
    assert "zoo:nothing" in refusal("generate", "--model", "zoo:nothing", *asked)
    assert "no model at" in refusal("generate", "--model", "./nowhere", *asked)
    assert not (tmp_path / "out").exists()


def test_samples_of_others_without_a_prompt_or_at_all(tmp_path):
    file = tmp_path / "theirs.csv"
    file.write_text("width,height\n3,4\n")
    assert "theirs.csv" in refusal("audit", "--samples", file, "--out", tmp_path / "out")
    assert "nowhere.csv" in refusal("audit", "--samples", tmp_path / "nowhere.csv", "--out", tmp_path / "out")
    create_run(tmp_path / "run")
    reviews = ("--reviews", tmp_path / "run")  # in which nobody has reviewed
    assert "no table 'reviews'" in refusal("audit", "--samples", file, *reviews, "--out", tmp_path / "out")


def test_what_is_in_the_way_is_not_touched(pairs, curated, tmp_path):
    before = open_run(curated).content_hash()
    assert "already a run folder" in refusal("curate", pairs, "--out", curated)
    assert "in the way" in refusal("curate", pairs, "--out", pairs)
    assert open_run(curated).content_hash() == before
    assert len(list(pairs.iterdir())) == 6


def test_fetch_says_which_program_is_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "npm is not installed" in refusal("fetch", "emoji", "--out", tmp_path / "emoji")
    assert "apt-get and dpkg is not installed" in refusal("fetch", "openclipart", "--out", tmp_path / "clips")


def test_the_dashboard_wants_folders_that_exist(tmp_path):
    assert "nowhere" in refusal("dashboard", tmp_path / "nowhere", "--headless")


def test_hostile_pictures_become_rows_not_tracebacks(tmp_path):
    expected = write_hostile_folder(tmp_path / "hostile")
    result = tain("curate", tmp_path / "hostile", "--out", tmp_path / "run")
    assert result.exit_code == 0, result.output
    assert "Traceback" not in result.output
    rows = open_run(tmp_path / "run").read("decisions").to_pylist()
    assert len(rows) == len(expected)
    counts = open_run(tmp_path / "run").stages["curate"]["counts"]
    assert sum(counts[status] for status in ("kept", "dropped", "failed", "quarantined")) == len(expected)
    assert all(row["reasons"][0]["text"] for row in rows if not row["keep"])


# -- failures of our own, and interruptions ---------------------------------------------------------------------------
def failing(monkeypatch, error):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr("pipelines.curate.run_curate", fail)


def test_a_bug_is_one_line_that_says_how_to_see_more(monkeypatch, tmp_path):
    failing(monkeypatch, ZeroDivisionError("division\nby   zero"))
    said = refusal("curate", "x", "--out", tmp_path / "out")
    assert said == (
        "tain: unexpected ZeroDivisionError in tain curate: division by zero; run again with --debug for the traceback"
    )


@pytest.mark.parametrize("words", [["--debug", "curate", "x", "--out", "y"], ["curate", "x", "--debug", "--out", "y"]])
@pytest.mark.parametrize("error", [ZeroDivisionError("by zero"), RunError("in the way")])
def test_debug_shows_the_traceback_from_either_place(words, error, monkeypatch):
    failing(monkeypatch, error)
    result = tain(*words)
    assert result.exit_code == 1
    assert "Traceback" in result.stderr
    assert type(error).__name__ in result.stderr
    assert result.stderr.strip().splitlines()[-1].startswith("tain: ")


def test_ctrl_c_says_how_to_go_on(monkeypatch):
    failing(monkeypatch, KeyboardInterrupt())
    assert refusal("curate", "x", "--out", "y", code=130) == (
        "tain: interrupted; to go on, run the same command with --resume"
    )


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_run_that_resumes_to_the_same_tables(number, code, curated, pairs, tmp_path):
    many = tmp_path / "many"
    many.mkdir()
    for copy in range(400):
        for file in pairs.iterdir():
            (many / f"{copy:03d}-{file.name}").write_bytes(file.read_bytes())
    out = tmp_path / "run"
    words = ["curate", str(many), "--out", str(out)]
    with subprocess.Popen(
        [*TAIN, *words],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"COLUMNS": "200"},
    ) as process:
        deadline = time.monotonic() + 120
        while not (out / "pairs").exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        process.send_signal(number)
        said = process.communicate(timeout=120)[1]
    assert process.returncode == code, said
    assert "Traceback" not in said
    assert "to go on, run the same command with --resume" in said.strip().splitlines()[-1]
    assert tain(*words, "--resume").exit_code == 0
    assert tain("curate", many, "--out", tmp_path / "undisturbed").exit_code == 0
    assert open_run(out).content_hash() == open_run(tmp_path / "undisturbed").content_hash()


# -- the loop ---------------------------------------------------------------------------------------------------------
def test_the_loop_from_command_to_command(curated, probes, tiny_clip, tiny_latent, tmp_path):
    painted, audited = tmp_path / "painted", tmp_path / "audited"
    asked = ["--model", tiny_latent, "--probes", probes, "--replicates", 3, "--seed", 5, "--batch-size", 4]
    result = tain("generate", *asked, "--out", painted)
    assert result.exit_code == 0, result.output
    assert open_run(painted).read("samples").num_rows == 6
    recipe = tmp_path / "audit.yaml"
    recipe.write_text(f"pairing: {tiny_clip}\n")
    result = tain("audit", painted, "--out", audited, "--data", curated, "--recipe", recipe)
    assert result.exit_code == 0, result.output
    assert f"report: {audited / 'report' / 'report.html'}" in result.stdout.replace("\n", "")
    assert open_run(audited).has("measures")
    page = (audited / "report" / "report.html").read_bytes()
    assert tain("report", audited).exit_code == 0
    assert (audited / "report" / "report.html").read_bytes() == page
    assert json.loads((audited / "report" / "report.json").read_text())
    result = tain("label", painted, "--out", tmp_path / "labelled", "--recipe", recipe)
    assert result.exit_code == 0, result.output
    assert open_run(tmp_path / "labelled").has("labels")


def test_the_same_command_gives_the_same_pictures(probes, tiny_latent, tmp_path):
    hashes = []
    for name in ("one", "two"):
        asked = ["--model", tiny_latent, "--probes", probes, "--replicates", 2, "--out", tmp_path / name]
        assert tain("generate", *asked).exit_code == 0
        hashes.append(open_run(tmp_path / name).read("samples")["sha256"].to_pylist())
    assert hashes[0] == hashes[1]


def test_decide_and_export_what_was_curated(curated, tmp_path):
    recipe = tmp_path / "strict.yaml"
    recipe.write_text("captions: {min_words: 5}\n")
    result = tain("decide", curated, "--recipe", recipe, "--out", tmp_path / "strict")
    assert result.exit_code == 0, result.output
    rows = open_run(tmp_path / "strict").read("decisions").to_pylist()
    assert {row["reasons"][0]["rule"] for row in rows if not row["keep"]} == {"caption_words"}
    for form in ("parquet", "webdataset", "imagefolder"):
        result = tain("export", curated, "--to", form, "--out", tmp_path / form)
        assert result.exit_code == 0, result.output
        assert any(path.is_file() for path in (tmp_path / form).rglob("*"))
    assert "strict" in refusal("export", curated, "--to", "parquet", "--out", tmp_path / "strict")


def test_a_pairing_network_is_exported_for_open_clip(tiny_clip, tmp_path):
    result = tain("export", tiny_clip, "--to", "open_clip", "--out", tmp_path / "exported")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "exported" / "open_clip_config.json").is_file()
