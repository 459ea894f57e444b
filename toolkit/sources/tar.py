"""WebDataset tars: consecutive members that share a stem are one pair."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path

from toolkit.errors import SourceError
from toolkit.images import Limits
from toolkit.sources.columns import GivenColumns
from toolkit.sources.picture_bytes import tar_address
from toolkit.sources.records import Picture, RecordReader, addressable
from toolkit.sources.remote import AnyPath, RemotePath
from toolkit.sources.rows import BatchedRows, PairRow
from toolkit.sources.sidecars import (
    CAPTION_SUFFIXES,
    MOST_TEXT,
    PICTURE_SUFFIXES,
    columns_of_sidecars,
    record_of_sidecars,
)
from toolkit.sources.tar_members import Member, Tar

_TEXTS = (*CAPTION_SUFFIXES, "json")
_MOST_MEMBERS = 1000  # of one stem: what a hostile tar can hold in memory at once


@dataclass
class _Group:
    """The members of one pair by suffix, and, where the tar is compressed, what could be read of them on the way."""

    members: dict[str, Member] = field(default_factory=dict)
    read: dict[str, bytes | str] = field(default_factory=dict)

    @property
    def first(self) -> Member:
        return next(iter(self.members.values()))

    def takes(self, member: Member) -> bool:
        """Return whether `member` belongs to this group: the same stem, and no second file of its suffix."""
        if not self.members:
            return True
        room = member.suffix not in self.members and len(self.members) < _MOST_MEMBERS
        return room and member.stem == self.first.stem


@dataclass(frozen=True)
class TarSource(BatchedRows):
    """The pairs of the WebDataset tars `files`, in order."""

    name: str
    files: tuple[AnyPath, ...]
    given: GivenColumns

    def describe(self) -> str:
        """Return one line on the form."""
        return f"{self.name}: {len(self.files)} WebDataset tar"

    def listed(self, skip: int = 0) -> Iterator[PairRow]:
        """Yield one row a group of members, and one where a tar is damaged; `skip` reads headers only."""
        for make in islice(self._makers(skip), skip, None):
            yield make()

    def _makers(self, skip: int) -> Iterator[Callable[[], PairRow]]:
        """Yield what makes each row, to be called before the next is asked for."""
        met = 0
        reader = RecordReader(self.name, columns_of_sidecars(self.given.caption), Path())
        for place, path in enumerate(self.files):
            prefix = path.name if len(self.files) == 1 else f"{place}/{path.name}"
            try:
                tar = Tar(path)
            except SourceError as error:
                yield partial(reader.failed, f"{prefix}#end", f"unreadable: {path.name}: {error}")
                met += 1
                continue
            with tar:
                for number, group in enumerate(self._groups(tar, skip - met)):
                    yield partial(self._row, reader, path, tar, f"{prefix}#{number}:{group.first.stem}", group)
                    met += 1
                if tar.damage is not None:
                    yield partial(reader.failed, f"{prefix}#end", f"truncated: {path.name} is damaged: {tar.damage}")
                    met += 1

    def _groups(self, tar: Tar, skip: int) -> Iterator[_Group]:
        """Yield the members that follow one another and share a stem.

        A compressed tar is read forward only: what a group after the first `skip` needs is read as it is met.
        """
        group = _Group()
        for member in tar.members():
            if not group.takes(member):
                yield group
                skip -= 1
                group = _Group()
            group.members[member.suffix] = member
            wanted = member.suffix in _TEXTS or self._picture_of(group) is member
            if tar.compressed and skip <= 0 and wanted and _why_not_read(member) is None:
                try:
                    group.read[member.suffix] = tar.read(member)
                except SourceError as error:
                    group.read[member.suffix] = str(error)
        if group.members:
            yield group

    def _row(self, reader: RecordReader, path: AnyPath, tar: Tar, key: str, group: _Group) -> PairRow:
        unsafe = next((one for one in group.members.values() if one.unsafe is not None), None)
        if unsafe is not None:
            return reader.failed(key, f"unsafe_member: {unsafe.name[:200]!r} {unsafe.unsafe}")
        texts: dict[str, bytes] = {}
        for member in group.members.values():
            if member.suffix not in _TEXTS:
                continue
            if (why := _why_not_read(member)) is not None:
                return reader.failed(key, why)
            try:
                texts[member.suffix] = _bytes_of(tar, group, member)
            except SourceError as error:
                return reader.failed(key, f"truncated: {member.name[:200]!r}: {error}")
        record = {"key": group.first.stem, **record_of_sidecars(texts)}
        return reader.read(key, record, self._picture(path, tar, group))

    def _picture(self, path: AnyPath, tar: Tar, group: _Group) -> Picture:
        member = self._picture_of(group)
        if member is None:
            suffixes = ", ".join(list(group.members)[:20])
            return Picture(None, error=f"no_picture: the members of {group.first.stem[:200]!r} are {suffixes[:200]}")
        if (why := _why_not_read(member)) is not None:
            return Picture(None, error=why)
        name = addressable(path)
        # Only in an uncompressed tar do the bytes of a member lie in the file as they are.
        if name is not None and not tar.compressed:
            address = tar_address(name, member.offset, member.size, _printable(member.name))
            if not isinstance(path, RemotePath):
                return Picture(None, address)
        else:
            address = None
        try:
            return Picture(_bytes_of(tar, group, member), address)  # of what came over the net, nothing comes twice
        except SourceError as error:
            return Picture(None, error=f"truncated: {member.name[:200]!r}: {error}")

    def _picture_of(self, group: _Group) -> Member | None:
        if self.given.image is not None:
            return group.members.get(self.given.image)
        pictures = (one for one in group.members.values() if one.suffix.rsplit(".", 1)[-1] in PICTURE_SUFFIXES)
        return next(pictures, None)


def open_tars(name: str, files: Sequence[AnyPath], given: GivenColumns) -> TarSource:
    """Return the source over the tars `files`; a tar among several that cannot be read becomes a row.

    Raises SourceError where none can be read, or none holds a file.
    """
    _first_readable(files).close()
    source = TarSource(name, tuple(files), given)
    if next(source.listed(), None) is None:
        raise SourceError(f"{files[0]} holds no files; expected pictures with a .txt or .json of the same stem")
    return source


def _first_readable(files: Sequence[AnyPath]) -> Tar:
    refused: SourceError | None = None
    for path in files:
        try:
            return Tar(path)
        except SourceError as error:
            refused = refused or error
    assert refused is not None
    raise refused


def _why_not_read(member: Member) -> str | None:
    """Return the error of a member that is left where it is, None for one that may be read."""
    if member.unsafe is not None:
        return f"unsafe_member: {member.name[:200]!r} {member.unsafe}"
    limit = MOST_TEXT if member.suffix in _TEXTS else Limits().max_bytes
    return f"too_many_bytes: {member.size} bytes; the limit is {limit}" if member.size > limit else None


def _bytes_of(tar: Tar, group: _Group, member: Member) -> bytes:
    """Return the bytes of `member`, now or as they were read on the way. Raises SourceError where they end early."""
    found = group.read.get(member.suffix)
    if isinstance(found, str):
        raise SourceError(found)
    return tar.read(member) if found is None else found


def _printable(name: str) -> str:
    return name.encode("utf-8", "replace").decode("utf-8")
