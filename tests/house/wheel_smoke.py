"""`make wheel-smoke`: build the wheel, install it in an empty environment outside the checkout, try the doors."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGES = {"toolkit", "pipelines", "dashboards"}
LAZY = "import toolkit, sys; assert not {'torch', 'streamlit'} & set(sys.modules), 'import toolkit loads too much'"


def main() -> None:
    """Raise CalledProcessError or AssertionError at the first thing that does not work."""
    with tempfile.TemporaryDirectory(prefix="tain-wheel-") as folder:
        away = Path(folder)
        wheel = build(away)
        assert_data_files(wheel)
        binaries = install(wheel, away / "venv")
        try_doors(binaries, away)
    print(f"wheel smoke: {wheel.name} works in an empty environment")


def tracked() -> list[str]:
    """Return the files of this checkout that git knows."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, check=True, capture_output=True, text=True)
    return [name for name in listed.stdout.split("\0") if name and (CHECKOUT / name).is_file()]


def build(away: Path) -> Path:
    """Return the wheel, built with the setuptools that is installed here from a copy of what git knows.

    From a copy, so that leftovers of older builds and files that nobody committed cannot slip in.
    """
    say("building the wheel")
    for name in tracked():
        (away / "source" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(CHECKOUT / name, away / "source" / name)
    options = ["--wheel", "--no-isolation", "--outdir", str(away / "dist")]
    subprocess.run(
        [sys.executable, "-m", "build", *options, str(away / "source")], check=True, stdout=subprocess.DEVNULL
    )
    return next((away / "dist").glob("tain-*.whl"))


def assert_data_files(wheel: Path) -> None:
    """Assert that the wheel holds every file that git tracks in the three packages, and no package beside them."""
    wanted = {name for name in tracked() if name.split("/")[0] in PACKAGES}
    inside = zipfile.ZipFile(wheel).namelist()
    missing = sorted(wanted - set(inside))
    assert not missing, f"not in the wheel: {missing}; see package-data in pyproject.toml"
    rooms = {name.split("/")[0] for name in inside} - {f"tain-{wheel.name.split('-')[1]}.dist-info"}
    assert rooms == PACKAGES, f"the wheel brings {sorted(rooms)}"
    for kind in ("toolkit/zoo/sample/*.parquet", "toolkit/zoo/*/*.safetensors", "pipelines/recipes/*.yaml"):
        assert any(Path(name).match(kind) for name in inside), f"nothing in the wheel matches {kind}"
    say(f"{wheel.name}: {wheel.stat().st_size / 2**20:.1f} MiB, {len(inside)} files")


def install(wheel: Path, environment: Path) -> Path:
    """Return the folder of the programs of a new environment that holds `wheel` and what it needs, as pinned."""
    say("installing it in an empty environment; a minute or two")
    venv.create(environment, with_pip=True)
    binaries = environment / "bin"
    pip = [binaries / "python", "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-compile"]
    pinned = ["--constraint", CHECKOUT / "constraints.txt"]
    index = os.environ.get("TAIN_TORCH_INDEX")
    subprocess.run([*pip, *pinned, *(["--index-url", index] if index else []), "torch", "torchvision"], check=True)
    subprocess.run([*pip, *pinned, wheel], check=True)
    return binaries


def try_doors(binaries: Path, away: Path) -> None:
    """Run the installed programs from `away`, where no file of the checkout can be imported by accident."""
    not_outside = ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE")
    outside = {key: value for key, value in os.environ.items() if key not in not_outside}
    for command in (
        [binaries / "tain", "--version"],
        [binaries / "tain", "--help"],
        [binaries / "tain", "doctor"],
        [binaries / "python", "-c", LAZY],
    ):
        say(" ".join([Path(command[0]).name, *command[1:]]))
        subprocess.run(command, cwd=away, env=outside, check=True)


def say(line: str) -> None:
    """Print `line` at once, so that a log shows which step is at work."""
    print(f"wheel smoke: {line}", flush=True)


if __name__ == "__main__":
    main()
