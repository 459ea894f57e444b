"""`tain curate`, `decide` and `export` from Python: the funnel that people see, and where things were written."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from rich.console import Console
from skimage import data

from pipelines.curate import funnel_table, run_curate, run_decide
from pipelines.export import run_export
from pipelines.progress import console_progress


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    folder = tmp_path / "pairs"
    folder.mkdir()
    for name in ("astronaut", "chelsea", "coffee"):
        Image.fromarray(getattr(data, name)()).resize((96, 96)).save(folder / f"{name}.png")
        (folder / f"{name}.txt").write_text(f"a picture called {name} [bold]")
    (folder / "broken.png").write_bytes(b"no picture")
    (folder / "broken.txt").write_text("a broken file")
    return folder


def test_curate_decide_and_export_say_what_they_did(
    pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    run_curate(pairs, tmp_path / "run")
    printed = capsys.readouterr()
    assert "4 rows in" in printed.out
    assert "3 kept + 0 dropped + 1 failed + 0 quarantined" in printed.out
    assert str(tmp_path / "run") in printed.out
    assert printed.err.split() == ["score:", "4", "decide:", "1"]
    recipe = tmp_path / "strict.yaml"
    recipe.write_text("captions: {min_words: 10}\n")
    run_decide(tmp_path / "run", tmp_path / "strict", recipe=recipe)
    assert "0 kept + 4 dropped + 0 failed" in capsys.readouterr().out
    assert run_export(tmp_path / "run", "imagefolder", tmp_path / "out").is_dir()
    assert "out" in capsys.readouterr().out
    assert len(list((tmp_path / "out").rglob("*.png"))) == 3


def test_the_funnel_shows_only_rules_that_take_something() -> None:
    def step(rule: str, lost: int, alone: int) -> dict[str, object]:
        return {"rule": rule, "rows_lost": lost, "rows_out": 9, "alone": {"taken": alone, "scored": 9}}

    counts = {"rows_in": 12345, "funnel": [step("picture_side", 3, 3), step("read", 0, 0), step("decode", 0, 2)]}
    console = Console(width=80)
    with console.capture() as captured:
        console.print(funnel_table(counts))
    shown = captured.get()
    assert "12,345 rows in" in shown
    assert "picture side" in shown
    assert "decode" in shown
    assert "read" not in shown


def test_progress_off_a_terminal_is_one_line_a_step(capsys: pytest.CaptureFixture[str]) -> None:
    with console_progress() as progress:
        for done in range(1, 4):
            progress("score", done, 0)
        progress("decide", 1, 1)
    assert capsys.readouterr().err.splitlines() == ["score: 3", "decide: 1"]
