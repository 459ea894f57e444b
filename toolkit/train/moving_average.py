"""An exponential moving average of a network's weights, which paints better than the last weights do."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


class MovingAverage:
    """The average of a network's parameters, warmed up so that early weights are soon forgotten.

    After k steps the decay is min(`decay`, (1 + k) / (10 + k)). It follows the network to its device.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.steps = 0
        self._network = network
        self._average = [parameter.detach().clone() for parameter in network.parameters()]

    @torch.no_grad()
    def update(self) -> None:
        """Take one optimiser step into the average."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        now = [parameter.detach() for parameter in self._network.parameters()]
        self._average = [old.to(new.device) for old, new in zip(self._average, now, strict=True)]
        torch._foreach_lerp_(self._average, now, 1 - decay)

    @torch.no_grad()
    def swap(self) -> None:
        """Exchange the network's parameters with the average; a second call puts them back."""
        for average, parameter in zip(self._average, self._network.parameters(), strict=True):
            kept = parameter.detach().clone()
            parameter.copy_(average)
            average.copy_(kept)

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint keeps."""
        return {"steps": self.steps, "average": self._average}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up what `state_dict` returned."""
        self.steps = state["steps"]
        self._average = [kept.to(own.device) for kept, own in zip(state["average"], self._average, strict=True)]
