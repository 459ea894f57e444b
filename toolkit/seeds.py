"""Stable hashes, and one random stream per picture. Nothing here reads or changes a global random state."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def stable_hash(*parts: str | int | bytes) -> str:
    """Return the blake2b-128 digest of `parts` as 32 hex digits, the same on every machine and in every process.

    Parts are length-prefixed, so that ("ab", "c") and ("a", "bc") differ.
    """
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.hexdigest()


def content_hash(data: bytes) -> str:
    """Return the blake2b-128 digest of `data` as 32 hex digits: the content_id of a picture."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def seed_for(audit_seed: int, pair_id: str, replicate: int) -> int:
    """Return the seed of one picture, in [0, 2**63).

    Requests that share `pair_id` (counterfactual or style variants of one prompt) and `replicate` get the same
    noise; all else is independent, so that pooled intervals stay honest.
    """
    return int(stable_hash("seed", audit_seed, pair_id, replicate)[:16], 16) >> 1


def random_stream(seed: int) -> torch.Generator:
    """Return a CPU `torch.Generator` seeded with `seed`: one a picture, so that noise never depends on its batch."""
    import torch

    return torch.Generator(device="cpu").manual_seed(seed)
