"""What the processes of one training tell each other."""

from __future__ import annotations

import torch


def gathered(rows: torch.Tensor) -> torch.Tensor:
    """Return the rows of all processes in their order, with gradients; `rows` itself where there is one process.

    Each process takes the loss of all rows, and DistributedDataParallel averages gradients over processes: since the
    gradient of a gathered row is summed over them, the result is that of one process with all rows.
    """
    if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
        return rows
    if torch.distributed.get_world_size() == 1:
        return rows
    if not rows.requires_grad:
        parts = [torch.empty_like(rows) for _ in range(torch.distributed.get_world_size())]
        torch.distributed.all_gather(parts, rows.contiguous())
        return torch.cat(parts)
    from torch.distributed.nn.functional import all_gather

    return torch.cat(all_gather(rows.contiguous()))  # type: ignore[no-untyped-call]
