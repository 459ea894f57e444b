"""Stable hashes, and one random stream per picture. Nothing here reads or changes a global random state."""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


_LENGTH = struct.Struct("<Q")


def stable_hash(*parts: str | int | bytes) -> str:
    """Return the blake2b-128 digest of `parts` as 32 hex digits, the same on every machine and in every process.

    Parts are length-prefixed, so that ("ab", "c") and ("a", "bc") differ.
    """
    return hashlib.blake2b(framed(*parts), digest_size=16).hexdigest()


def framed(*parts: str | int | bytes) -> bytes:
    """Return `parts` as the bytes that `stable_hash` digests."""
    pieces = [part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass") for part in parts]
    return b"".join([_LENGTH.pack(len(piece)) + piece for piece in pieces])


def hash_after(first: bytes, last: str) -> str:
    """Return `stable_hash(*parts, last)` where `first` is `framed(*parts)`: for many hashes that begin alike."""
    data = last.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(first + _LENGTH.pack(len(data)) + data, digest_size=16).hexdigest()


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
