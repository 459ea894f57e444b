"""Fetching the full sets, with programs that are missing, that fail, or that are played by small scripts."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest
from hostile import encoded, photograph

from toolkit.errors import SourceError
from toolkit.sources import open_source
from toolkit.sources.fetch import fetch


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def script(programs: Path, name: str, body: str) -> None:
    (programs / name).write_text(f"#!/bin/sh\n{body}\n")
    (programs / name).chmod(0o755)


def test_unknown_sets_are_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no set is called 'laion'; the sets are openclipart, emoji"):
        fetch("laion", tmp_path / "out")


@pytest.mark.parametrize(("name", "missing"), [("openclipart", "apt-get and dpkg is"), ("emoji", "npm is")])
def test_missing_programs_are_named(programs: Path, tmp_path: Path, name: str, missing: str) -> None:
    with pytest.raises(SourceError, match=f"{missing} not installed"):
        fetch(name, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_program_that_fails_is_quoted(programs: Path, tmp_path: Path) -> None:
    script(programs, "npm", "echo 'npm error code ENOTFOUND' >&2; exit 1")
    with pytest.raises(SourceError, match=r"npm pack .* failed \(1\): npm error code ENOTFOUND. Is there a connection"):
        fetch("emoji", tmp_path / "out")


def test_a_full_folder_is_refused_before_anything_is_fetched(programs: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is in the way"):
        fetch("emoji", programs.parent)


def test_what_npm_packs_becomes_a_source(programs: Path, tmp_path: Path) -> None:
    content = [
        {
            "name": "JUDGE",
            "unified": "1F9D1-200D-2696-FE0F",
            "category": "People & Body",
            "subcategory": "person-role",
            "short_names": ["judge"],
        }
    ]
    picture = encoded(photograph(64), "PNG")
    with tarfile.open(tmp_path / "package.tgz", "w:gz") as archive:
        for name, data in [
            ("package/emoji.json", json.dumps(content).encode()),
            *(
                (f"package/{folder}/1f9d1-200d-2696-fe0f.png", picture)
                for folder in ("img/google/64", "img/twitter/64", "assets")
            ),
        ]:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    script(programs, "npm", f"/bin/cp {tmp_path / 'package.tgz'} made.tgz")
    steps: list[str] = []
    out = fetch("emoji", tmp_path / "out", lambda step, done, total: steps.append(step))
    assert [(row.source, row.caption) for row in open_source(out).rows()] == [
        ("emoji/google", "judge"),
        ("emoji/twitter", "judge"),
        ("emoji/fluent", "judge"),
    ]
    assert steps[0] == "download emoji"
