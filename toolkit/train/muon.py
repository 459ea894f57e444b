"""Muon for the matrices of a network, AdamW for everything else, as one optimiser."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn

from toolkit.train.recipes import OptimiserRecipe

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
ITERATIONS = 5


class Muon(torch.optim.AdamW):
    """Muon (Jordan et al. 2024) for hidden matrices, AdamW for the other parameters, at one learning rate.

    A step of a matrix is its momentum made orthogonal by five iterations of Newton and Schulz, times 0.2 x the root of
    its longer side, so that it is as long as a step of AdamW and the same learning rate goes with both (Liu et al.
    2025, arXiv 2502.16982, section 2.2). A matrix that holds several (`stacked`, such as queries, keys and values) is
    taken as so many.
    """

    def __init__(
        self,
        matrices: Iterable[tuple[nn.Parameter, int]],
        others: Iterable[nn.Parameter],
        *,
        lr: float,
        betas: tuple[float, float],
        weight_decay: float,
        momentum: float = 0.95,
    ) -> None:
        groups: list[dict[str, Any]] = [
            {"params": [one], "stacked": stacked, "momentum": momentum} for one, stacked in matrices
        ]
        super().__init__(
            [*groups, {"params": list(others), "stacked": 0}], lr=lr, betas=betas, weight_decay=weight_decay
        )

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> Any:  # as all of torch's
        """Take one step."""
        held = []
        for group in self.param_groups:
            if group["stacked"]:
                for one in group["params"]:
                    if one.grad is not None:
                        self._step_matrix(one, group)
                        held.append((one, one.grad))
                        one.grad = None
        loss = super().step(closure)
        for one, gradient in held:
            one.grad = gradient
        return loss

    def _step_matrix(self, one: nn.Parameter, group: dict[str, Any]) -> None:
        assert one.grad is not None
        state = self.state[one]
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(one)
            state["step"] = torch.zeros(())  # AdamW looks for it in whatever state it loads
        state["step"] += 1
        state["momentum"].lerp_(one.grad, 1 - group["momentum"])
        ahead = one.grad.lerp(state["momentum"], group["momentum"])  # Nesterov
        rows, columns = one.shape[0] // group["stacked"], one.shape[1]
        update = orthogonal(ahead.view(group["stacked"], rows, columns)).view_as(one)
        one.mul_(1 - group["lr"] * group["weight_decay"])
        one.add_(update, alpha=-group["lr"] * 0.2 * math.sqrt(max(rows, columns)))


def orthogonal(matrices: torch.Tensor) -> torch.Tensor:
    """Return the matrices (n, rows, columns) with singular values of about 1 in [0.7, 1.2], their directions kept."""
    a, b, c = NEWTON_SCHULZ
    tall = matrices.shape[1] > matrices.shape[2]
    x = (matrices.mT if tall else matrices).float()
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(ITERATIONS):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    back: torch.Tensor = x.mT if tall else x
    return back.to(matrices.dtype)


def hidden_matrices(network: nn.Module) -> list[tuple[nn.Parameter, int]]:
    """Return the weights of the linear layers in repeated blocks of `network` (those in an `nn.ModuleList`) that are
    trained, each with how many matrices it holds: 3 where queries, keys and values are one."""
    found: list[tuple[nn.Parameter, int]] = []
    for blocks in (one for one in network.modules() if isinstance(one, nn.ModuleList)):
        for layer in (one for one in blocks.modules() if isinstance(one, nn.Linear)):
            weight = layer.weight
            if isinstance(weight, nn.Parameter) and weight.requires_grad and all(weight is not one for one, _ in found):
                found.append((weight, 3 if layer.out_features == 3 * layer.in_features else 1))
    return found


def create_optimiser(network: nn.Module, recipe: OptimiserRecipe) -> torch.optim.Optimizer:
    """Return the optimiser that `recipe` asks for, over all parameters of `network` that are trained."""
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    rate, decay = recipe.learning_rate, recipe.weight_decay
    if recipe.method == "adamw":
        return torch.optim.AdamW(trained, lr=rate, betas=recipe.betas, weight_decay=decay)
    matrices = hidden_matrices(network)
    own = {id(one) for one, _ in matrices}
    others = [one for one in trained if id(one) not in own]
    return Muon(matrices, others, lr=rate, betas=recipe.betas, weight_decay=decay)
