"""Build the wheel, install it in an empty environment outside the checkout, and try the doors. Run by `make wheel-smoke`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
LAZY = "import toolkit, sys; assert not {'torch', 'streamlit'} & set(sys.modules), 'import toolkit loads too much'"


def main() -> None:
    """Raise CalledProcessError or AssertionError at the first thing that does not work."""
    with tempfile.TemporaryDirectory(prefix="tain-wheel-") as folder:
        away = Path(folder)
        wheel = build(away / "dist")
        assert_data_files(wheel)
        binaries = install(wheel, away / "venv")
        try_doors(binaries, away)
    print(f"wheel smoke: {wheel.name} works in an empty environment")


def build(out: Path) -> Path:
    """Return the wheel of this checkout, built into `out` with the setuptools that is installed here."""
    say("building the wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(CHECKOUT)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return next(out.glob("tain-*.whl"))


def assert_data_files(wheel: Path) -> None:
    """Assert that the wheel holds every file that git tracks in the three packages, and no package beside them."""
    tracked = subprocess.run(
        ["git", "ls-files", "toolkit", "pipelines", "dashboards"],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    inside = zipfile.ZipFile(wheel).namelist()
    missing = sorted(set(tracked) - set(inside))
    assert not missing, f"not in the wheel: {missing}; see package-data in pyproject.toml"
    rooms = {name.split("/")[0] for name in inside} - {f"tain-{wheel.name.split('-')[1]}.dist-info"}
    assert rooms == {"toolkit", "pipelines", "dashboards"}, f"the wheel brings {sorted(rooms)}"
    for kind in ("toolkit/zoo/sample/*.parquet", "toolkit/zoo/**/*.safetensors", "pipelines/recipes/*.yaml"):
        assert any(Path(name).match(kind) for name in inside), f"nothing in the wheel matches {kind}"
    say(f"{wheel.name}: {wheel.stat().st_size / 2**20:.1f} MiB, {len(inside)} files")


def install(wheel: Path, environment: Path) -> Path:
    """Return the folder of the programs of a new environment that holds `wheel` and what it needs, as pinned."""
    say("installing it in an empty environment; a minute or two")
    venv.create(environment, with_pip=True)
    binaries = environment / "bin"
    pip = [binaries / "python", "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    pinned = ["--constraint", CHECKOUT / "constraints.txt"]
    index = os.environ.get("TAIN_TORCH_INDEX")
    subprocess.run([*pip, *pinned, *(["--index-url", index] if index else []), "torch", "torchvision"], check=True)
    subprocess.run([*pip, *pinned, wheel], check=True)
    return binaries


def try_doors(binaries: Path, away: Path) -> None:
    """Run the installed programs from `away`, where no file of the checkout can be imported by accident."""
    outside = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
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
