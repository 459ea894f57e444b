"""Progress bars on the terminal for every long step."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars
from rich.text import Text

from toolkit.progress import Progress


class Rate(ProgressColumn):
    """How many units a second are done, of late; those that were there at the start do not count."""

    def render(self, task: Task) -> Text:
        """Return the rate in words, nothing before it is known."""
        rate = task.finished_speed or task.speed
        return Text("" if rate is None else f"{rate:,.1f}/s", style="progress.data.speed")


@contextmanager
def console_progress() -> Iterator[Progress]:
    """Yield a `Progress` that draws one bar a step on standard error; steps whose total is unknown show a count.

    Where standard error is no terminal, one line a finished step is written instead, so that logs stay short.
    """
    console = Console(file=sys.stderr)
    bars = Bars(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    reporter = _Reporter(bars, console)
    with bars:
        yield reporter
    reporter.close()


class _Reporter:
    """Keeps one bar a step, and what to write of it where there is no terminal."""

    def __init__(self, bars: Bars, console: Console) -> None:
        self._bars = bars
        self._console = console
        self._tasks: dict[str, int] = {}
        self._done: dict[str, int] = {}

    def __call__(self, step: str, done: int, total: int) -> None:
        if step not in self._tasks:
            self._tasks[step] = self._bars.add_task(step, total=total or None, completed=done)
        self._bars.update(self._tasks[step], completed=done, total=total or None)  # type: ignore[arg-type]
        self._done[step] = done

    def close(self) -> None:
        if not self._console.is_terminal:
            for step, done in self._done.items():
                self._console.print(f"{step}: {done}", highlight=False)
