"""How a command ends: exit code 0, 1 with one clear line, 2 on wrong usage; a traceback only with --debug."""

from __future__ import annotations

import atexit
import gc
import signal
import sys
import traceback
import warnings
from types import FrameType
from typing import Any, NoReturn

import click

from toolkit.errors import TainError

FAILED = 1
INTERRUPTED = 130  # 128 + SIGINT, as shells report it
TERMINATED = 143  # 128 + SIGTERM


class Terminated(BaseException):
    """SIGTERM arrived. Not an Exception, so that nothing on the way out takes it for a failed picture."""


def debug_option() -> click.Option:
    """Return the --debug option, which every command takes, before its name or after it."""
    return click.Option(
        ["--debug"], is_flag=True, expose_value=False, callback=_remember_debug, help="Show the traceback of a failure."
    )


class Command(click.Command):
    """A command that takes --debug, and says in `resume_hint` how to go on after an interruption."""

    def __init__(self, *args: Any, resume_hint: str = "run it again", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.resume_hint = resume_hint
        self.params.append(debug_option())


class Group(click.Group):
    """The program: every failure of a command becomes one line and an exit code here."""

    command_class = Command

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.append(debug_option())

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands in the order of the work, not of the alphabet."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; end with one line on stderr where it fails or is interrupted."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except (KeyboardInterrupt, Terminated) as error:
            code, word = (TERMINATED, "terminated") if isinstance(error, Terminated) else (INTERRUPTED, "interrupted")
            _end(ctx, f"{word}; to go on, {_hint(self, ctx)}", code)
        except TainError as error:
            _end(ctx, one_line(error), FAILED)
        except Exception as error:
            what = f"unexpected {type(error).__name__} in tain {ctx.invoked_subcommand}: {one_line(error)}"
            _end(ctx, what + "; run again with --debug for the traceback", FAILED)


def one_line(error: BaseException) -> str:
    """Return the message of `error` on one line."""
    return " ".join(str(error).split()) or "no message"


def terminate_cleanly() -> None:
    """Make SIGTERM end the program as Ctrl-C does, and keep the warnings of libraries off the terminal.

    At its end the garbage collector has nothing to look for any more: all that there is goes with the process. And
    worker processes begin without running the program's own script, which defines nothing that they need.
    """
    atexit.register(gc.freeze)
    program = sys.modules["__main__"]
    program.__spec__ = program.__file__ = None
    signal.signal(signal.SIGTERM, _raise_terminated)
    if not sys.warnoptions:
        warnings.simplefilter("ignore")


def _raise_terminated(number: int, frame: FrameType | None) -> NoReturn:
    raise Terminated


def _remember_debug(ctx: click.Context, _: click.Parameter, value: Any) -> None:
    ctx.meta["debug"] = value or ctx.meta.get("debug", False)


def _hint(group: Group, ctx: click.Context) -> str:
    command = group.commands.get(ctx.invoked_subcommand or "")
    return getattr(command, "resume_hint", "run it again")


def _end(ctx: click.Context, line: str, code: int) -> NoReturn:
    if ctx.meta.get("debug"):
        traceback.print_exc()
    click.echo(f"tain: {line}", err=True)
    ctx.exit(code)
