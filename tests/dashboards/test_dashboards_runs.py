"""Which runs a dashboard opens, and how it is started."""

from __future__ import annotations

import json
import socket
import subprocess
import sys

import pytest
from run_folder import Runs

from dashboards.launch import command, environment, launch
from dashboards.runs import discover
from toolkit.errors import RunError
from toolkit.store import create_run


def test_folder_of_runs_is_expanded(built: Runs) -> None:
    found = discover([built.audit.path.parent])
    assert list(found) == ["runs/audit", "runs/curated"]
    assert found["runs/audit"].path == built.audit.path
    assert found["runs/audit"].stages == ("generate", "audit")
    assert "measures" in found["runs/audit"].tables


def test_a_run_given_twice_is_listed_once(built: Runs) -> None:
    assert list(discover([built.audit.path, built.audit.path.parent])) == ["audit", "runs/curated"]


def test_runs_of_one_name_are_told_apart(tmp_path) -> None:
    paths = [tmp_path / part / "runs" / "same" for part in ("a", "b")]
    for path in paths:
        create_run(path)
    found = discover([path.parent for path in paths])
    assert {one.name: one.path for one in found.values()} == {"runs/same": paths[0], "runs/same (2)": paths[1]}


def test_link_out_of_the_root_is_not_followed(built: Runs, tmp_path) -> None:
    create_run(tmp_path / "root" / "inside")
    (tmp_path / "root" / "outside").symlink_to(built.audit.path, target_is_directory=True)
    assert list(discover([tmp_path / "root"])) == ["root/inside"]


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        ("{", "is damaged"),
        ("[]", "is damaged"),
        (json.dumps({"format": 99, "stages": {}}), "format 99; this version reads format 1"),
        (json.dumps({"format": 1, "stages": []}), ""),
        (json.dumps({"format": 1, "stages": {"audit": {}}}), ""),
    ],
)
def test_damaged_run_is_listed_with_its_problem(tmp_path, record: str, problem: str) -> None:
    (tmp_path / "root" / "bad").mkdir(parents=True)
    (tmp_path / "root" / "bad" / "run.json").write_text(record)
    create_run(tmp_path / "root" / "good")
    found = discover([tmp_path / "root"])
    assert found["root/bad"].problem is not None
    assert problem in found["root/bad"].problem
    assert found["root/good"].problem is None


def test_unfinished_stage_is_named(tmp_path) -> None:
    run = create_run(tmp_path / "root" / "half")
    with pytest.raises(KeyboardInterrupt), run.stage("generate"):
        raise KeyboardInterrupt
    assert discover([tmp_path / "root"])["root/half"].unfinished == ("generate",)


def test_server_is_open_to_this_machine_alone(built: Runs) -> None:
    words = command([built.audit.path], port=8765)
    assert "--server.address=127.0.0.1" in words
    assert "--browser.gatherUsageStats=false" in words
    assert words[words.index("--") + 1 :] == [str(built.audit.path)]
    assert "--server.address=0.0.0.0" in command([built.audit.path], address="0.0.0.0")


def test_port_in_use_is_refused(built: Runs) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(RunError, match="in use; choose another --port"),
    ):
        launch([built.audit.path], port=taken.getsockname()[1])


def test_folder_that_is_not_there_is_refused(tmp_path) -> None:
    with pytest.raises(RunError, match="is not a folder; give run folders"):
        command([tmp_path / "nothing"])


def test_dashboard_loads_no_network_library(built: Runs) -> None:
    code = (
        "import sys, dashboards.app, dashboards.data, dashboards.charts, dashboards.thumbnails\n"
        "from dashboards.pages import bias, curation, gallery, overview, retention, review\n"
        "print([one for one in ('torch', 'transformers', 'diffusers', 'open_clip') if one in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
