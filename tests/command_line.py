"""Commands as tests run them, in this process, and the one line that a refused one ends with."""

from __future__ import annotations

from typing import Any

from click.testing import CliRunner

from pipelines.cli import cli


def tain(*words: object) -> Any:
    """Run a command in this process; whatever it raises beyond its exit code fails the test."""
    result = CliRunner().invoke(cli, [str(word) for word in words], prog_name="tain")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def refusal(*words: object, code: int = 1) -> str:
    """Return the one line that a command ends with on standard error."""
    result = tain(*words)
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    lines: list[str] = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("tain: ")
    return lines[0]
