"""What the project says of itself: README and CLI agree, pins are exact, nothing names a registry's host."""

import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import click
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pipelines.cli import cli

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PINS = {
    canonicalize_name(line.split("==")[0]): line.split("==")[1].strip()
    for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    if line.strip() and not line.startswith("#")
}
# Written in two halves, so that this file does not name them either.
HOSTS = [
    one + tail for one, tail in (("pypi", ".org"), ("pythonhosted", ".org"), ("npmjs", ".org"), ("debian", ".org"))
]


def tracked():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def tain_commands(text):
    """Return every `tain ...` that stands in a code block or between backticks of a Markdown text, as words."""
    fenced = re.findall(r"^```[^\n]*\n(.*?)^```", text, flags=re.S | re.M)
    lines = "\n".join(fenced).replace("\\\n", " ").splitlines() + re.findall(r"`([^`\n]+)`", text)
    commands = (line.strip().removeprefix("$ ").removeprefix(".venv/bin/") for line in lines)
    return [shlex.split(one, comments=True) for one in commands if one.startswith("tain ")]


def assert_understood(words):
    """Assert that the command line knows the command and every option in `words`, whatever their values."""
    names = {name for name in words[1:] if name in cli.commands}
    options = [word.split("=")[0] for word in words[1:] if re.match(r"--?[a-z]", word)]
    command = cli.commands[words[1]] if words[1] in names else cli
    assert command is not cli or words[1].startswith("-"), f"no command {words[1]!r}: {' '.join(words)}"
    known = {opt for param in command.params for opt in (*param.opts, *param.secondary_opts)} | {"-h", "--help"}
    assert set(options) <= known, f"{' '.join(words)}: unknown {sorted(set(options) - known)}"


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_command_on_a_page_exists(page):
    for words in tain_commands((ROOT / page).read_text("utf-8")):
        assert_understood(words)


def test_the_reader_of_pages_finds_commands_and_mistakes():
    page = "Run `tain doctor`.\n\n```bash\n$ tain curate a \\\n  --out b  # notes\nmake demo\n```\n"
    assert tain_commands(page) == [["tain", "curate", "a", "--out", "b"], ["tain", "doctor"]]
    for wrong in (["tain", "curat", "a"], ["tain", "curate", "--uot", "b"]):
        with pytest.raises(AssertionError):
            assert_understood(wrong)


@pytest.mark.parametrize("name", cli.commands)
def test_every_command_shows_an_example_that_it_understands(name):
    command = cli.commands[name]
    said = command.get_help(click.Context(command, info_name=f"tain {name}"))
    examples = re.findall(r"^ +(tain .*)$", said.split("Example:")[1], flags=re.M)
    assert examples
    for example in examples:
        words = shlex.split(example)
        assert words[1] == name
        command.make_context(f"tain {name}", words[2:])


def test_the_commands_are_those_of_the_design():
    assert list(cli.commands) == [
        "demo", "fetch", "scrape", "doctor", "curate", "decide", "balance", "export", "train", "compare-families",
        "plan", "generate", "label", "audit", "compare", "gate", "mitigate", "loop", "verify", "report",
        "datasheet", "dashboard",
    ]  # fmt: skip


def test_every_direct_requirement_is_pinned_to_a_version_that_it_accepts():
    extras = PROJECT["optional-dependencies"]
    for line in [*PROJECT["dependencies"], *(one for extra in extras.values() for one in extra)]:
        requirement = Requirement(line)
        pin = PINS.get(canonicalize_name(requirement.name))
        assert pin, f"constraints.txt does not pin {requirement.name}"
        assert requirement.specifier.contains(pin), f"{line} does not accept {pin}"


def test_the_makefile_installs_the_torch_that_is_pinned():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for name in ("torch", "torchvision"):
        assert set(re.findall(rf"\b{name}==([\d.]+)", makefile)) == {PINS[name]}


def test_every_make_target_is_listed_by_help():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.search(r"^\.PHONY: (.*)$", makefile, flags=re.M)[1].split())
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^  make ([a-z-]+) ", listed, flags=re.M)) == targets


def test_no_text_of_the_project_names_the_host_of_a_registry():
    naming = []
    for path in tracked():
        if path.suffix not in (".parquet", ".safetensors", ".png", ".webp"):
            text = path.read_text("utf-8", errors="replace")
            naming += [f"{path.relative_to(ROOT)}: {host}" for host in HOSTS if host in text]
    assert naming == []


def test_the_licence_and_the_notice_are_there():
    assert "Apache License" in (ROOT / "LICENSE").read_text("utf-8")
    notice = (ROOT / "NOTICE").read_text("utf-8")
    for art in ("Noto", "Twemoji", "Fluent", "openclipart", "MiniLM"):
        assert art.lower() in notice.lower(), f"NOTICE does not name {art}"


def test_the_changelog_names_this_version():
    assert f"[{PROJECT['version']}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")
