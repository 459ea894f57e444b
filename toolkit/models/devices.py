"""Where networks can compute: no machine has every device, and a driver need not have those of its workers."""

from __future__ import annotations

from toolkit.errors import ModelError


def check_device(device: str) -> None:
    """Raise ModelError where this process cannot compute on `device`."""
    if device == "cpu":
        return
    import torch

    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        said = str(error).strip().splitlines()
        raise ModelError(
            f"the device {device!r} cannot be used here ({said[0] if said else type(error).__name__}); choose cpu, or "
            "see by tain doctor which devices there are"
        ) from error


def device_here(device: str) -> str:
    """Return `device`, or cpu where this process cannot compute on it: for a driver, whose workers are elsewhere."""
    try:
        check_device(device)
    except ModelError:
        return "cpu"
    return device
