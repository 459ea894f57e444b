"""Tars for tests: honest ones, and headers that no honest program writes."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

from hostile import encoded, photograph

JPEG = encoded(photograph(40), "JPEG")


def write_tar(path: Path, members: list[tuple[str, bytes]]) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def numbered(count: int) -> list[tuple[str, bytes]]:
    return [
        (f"{number:03d}.{suffix}", data)
        for number in range(count)
        for suffix, data in (("jpg", JPEG), ("txt", f"portrait {number}".encode()))
    ]


def write_members(path: Path, members: list[tarfile.TarInfo], **options: object) -> Path:
    """Write `members` as they are, each with as many bytes of a picture as it says it has."""
    with tarfile.open(path, "w", **options) as archive:
        for info in members:
            archive.addfile(info, io.BytesIO(JPEG.ljust(info.size, b" ")) if info.isreg() else None)
    return path


def member(name: str, **attributes: object) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size = len(JPEG)
    for attribute, value in attributes.items():
        setattr(info, attribute, value)
    return info


END = 512 + -(-len(JPEG) // 512) * 512  # of a first member that is this picture


def raw_header(info: tarfile.TarInfo, **patches: bytes) -> bytes:
    """Return the 512 bytes of a header, a field of it overwritten, with the checksum that it then needs."""
    places = {"size": 124, "type": 156}
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    for field, value in patches.items():
        header[places[field] : places[field] + len(value)] = value
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)
