"""What holds for the whole process of a command, before any library is loaded."""

from __future__ import annotations

import ctypes
import os

from pipelines.exits import terminate_cleanly

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4  # of glibc's malloc.h


def set_up_process() -> None:
    """Make the process end cleanly, keep to one thread of linear algebra, and give back the memory of tables once they
    are gone.

    Where work is dealt out to processes, the threads of numpy's OpenBLAS only fight over the cores: a run of
    `tain curate` took three times as long. torch has threads of its own. Who sets OPENBLAS_NUM_THREADS has the last
    word.

    Arrow's own allocators keep some of it for every thread, which is 35 MiB at the peak of `tain curate`; the C library
    gives it back when asked. Who sets ARROW_DEFAULT_MEMORY_POOL has the last word.
    """
    terminate_cleanly()
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def keep_freed_memory() -> None:
    """Make the process keep the memory that it frees, for its next step.

    A training frees gigabytes of activations in each step. glibc gives them back to the system, which then has to clear
    them page by page for the next one: a third of the time of a training of zoo:clip, a twentieth of what zoo:latent
    takes to paint. Elsewhere than on glibc nothing is done.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    mallopt(_MMAP_MAX, 0)
    mallopt(_TRIM_THRESHOLD, -1)
