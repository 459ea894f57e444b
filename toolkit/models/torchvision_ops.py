"""Makes torchvision importable where its compiled part does not load beside a CPU build of torch.

torchvision registers fake kernels for `nms` and `qnms` on import, which fails where its compiled library, which
defines these two operators, could not be loaded. Their schemas are then defined here, with no kernel: nothing in
this package calls them, and a call would raise torch's own "no kernel" error.
"""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path
from typing import Any, Literal

SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


@cache
def ensure() -> Literal["native", "mended", "absent"]:
    """Make `import torchvision` work, and return how: by its own library, by the schemas above, or not installed.

    Call before importing torchvision, timm or open_clip.
    """
    if "torchvision" in sys.modules:
        return "native"
    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        return "absent"
    import torch

    if _library_loads(Path(spec.origin).parent):
        return "native"
    library = _definitions()
    for name in ("nms", "qnms"):
        if not hasattr(torch.ops.torchvision, name):
            library.define(name + SCHEMA)
    return "mended"


@cache
def _definitions() -> Any:
    """Return the library that holds the schemas; torch forgets them once it is collected, so it is kept."""
    import torch

    return torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]


def _library_loads(folder: Path) -> bool:
    import torch

    for path in sorted(folder.glob("_C*")):
        try:
            torch.ops.load_library(str(path))  # type: ignore[no-untyped-call]
        except OSError:
            continue
        return hasattr(torch.ops.torchvision, "nms")
    return False
