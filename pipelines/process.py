"""What holds for the whole process of a command, before any library is loaded."""

from __future__ import annotations

import os

from pipelines.exits import terminate_cleanly


def set_up_process() -> None:
    """Make the process end cleanly, and give back the memory of tables once they are gone.

    Arrow's own allocators keep some of it for every thread, which is 35 MiB at the peak of `tain curate`; the C library
    gives it back when asked. Who sets ARROW_DEFAULT_MEMORY_POOL has the last word.
    """
    terminate_cleanly()
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
