"""Start the dashboard: Streamlit as a process of its own, open to this machine alone unless told otherwise."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import webbrowser
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from toolkit.errors import RunError

ENTRY = Path(__file__).parent / "entry" / "server.py"
PACKAGES = Path(__file__).parent.parent
THIS_MACHINE = "127.0.0.1"
EVERYWHERE = ("", "0.0.0.0", "::")
PATIENCE = 60  # seconds


def launch(runs: Sequence[str | Path], *, port: int = 8501, headless: bool = False, address: str = THIS_MACHINE) -> int:
    """Serve the dashboard of `runs` (run folders, or folders of them) until it is stopped; return its exit status.

    `headless` opens no browser. Raises RunError for a folder that does not exist, and for a port that is in use.
    """
    words = command(runs, port=port, headless=headless, address=address)
    host = address if address not in EVERYWHERE else THIS_MACHINE
    if _answers(host, port):
        raise RunError(f"port {port} of {host} is in use; choose another --port")
    with subprocess.Popen(words, env=environment()) as server:
        if not headless:
            _open_browser(server, host, port)
        return server.wait()


def _open_browser(server: subprocess.Popen[bytes], host: str, port: int) -> None:
    """Open the first page once it is served; Streamlit does so only where it serves nothing but its own routes."""
    try:
        _wait_for(server, port, host)
    except RunError:
        return  # the server has said why by itself
    webbrowser.open(f"http://{host}:{port}")


@contextmanager
def serving(runs: Sequence[str | Path], *, environ: Mapping[str, str] | None = None) -> Iterator[str]:
    """Serve the dashboard of `runs` on a free port while the block lasts; yield its address once it answers.

    `environ` is added to the environment. Raises RunError where the server ends or stays silent for a minute.
    """
    with socket.socket() as free:
        free.bind((THIS_MACHINE, 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        command(runs, port=port, headless=True),
        env=environment() | dict(environ or {}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(server, port)
        yield f"http://{THIS_MACHINE}:{port}"
    finally:
        server.terminate()
        server.wait(timeout=PATIENCE)


def _wait_for(server: subprocess.Popen[bytes], port: int, host: str = THIS_MACHINE) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if server.poll() is not None:
            raise RunError(f"the dashboard ended with status {server.returncode} before it served a page")
        if _answers(host, port):
            return
        time.sleep(0.05)
    raise RunError(f"the dashboard served no page within {PATIENCE} seconds")


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def command(
    runs: Sequence[str | Path], *, port: int = 8501, headless: bool = False, address: str = THIS_MACHINE
) -> list[str]:
    """Return the command line that serves `runs`. Raises RunError for a folder that does not exist."""
    folders = [Path(one).resolve() for one in runs]
    for folder in folders:
        if not folder.is_dir():
            raise RunError(f"{folder} is not a folder; give run folders, or a folder that holds some")
    options = {
        "server.address": address,
        "server.port": str(port),
        "server.headless": str(headless).lower(),
        "server.showEmailPrompt": "false",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
        "client.toolbarMode": "viewer",
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "streamlit", "run", str(ENTRY), *flags, "--", *map(str, folders)]


def environment() -> dict[str, str]:
    """Return this process's environment with the packages beside this one on the path of the new process."""
    paths = [str(PACKAGES), os.environ.get("PYTHONPATH", "")]
    return os.environ | {"PYTHONPATH": os.pathsep.join(path for path in paths if path)}
