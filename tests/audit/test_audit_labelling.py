"""The subjects that are read together: about so many, few bytes of pictures, and families whole."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from toolkit.audit.labelling import CHUNK, CHUNK_BYTES, chunks_of
from toolkit.audit.subjects import PAIR, Subject

MEBIBYTE = bytes(1 << 20)  # the same bytes for all: only their length counts


def subject(number: int, mebibytes: int | None, family: str) -> Subject:
    image = {"bytes": None, "path": "at/a/path.png"} if mebibytes is None else {"bytes": LARGE[mebibytes], "path": None}
    return Subject(PAIR, str(number), "data:test", (), "", "", image, Path(), family=family)


LARGE = [MEBIBYTE * size for size in (0, 1, 20, 63, 70)]
sizes = st.one_of(st.none(), st.integers(0, len(LARGE) - 1))


@given(st.lists(st.tuples(sizes, st.integers(0, 6)), max_size=40))
def test_a_chunk_carries_few_bytes_or_one_family(drawn: list[tuple[int | None, int]]) -> None:
    families = sorted(drawn, key=lambda one: one[1])
    subjects = [subject(place, size, f"f{name}" if name else "") for place, (size, name) in enumerate(families)]
    chunks = list(chunks_of(subjects))
    assert [one for chunk in chunks for one in chunk] == subjects
    for chunk in chunks:
        carried = sum(len(one.image["bytes"] or b"") for one in chunk)
        last = chunk[-1].family  # what came after the chunk was full are others of this family
        assert carried <= CHUNK_BYTES or len(chunk) == 1 or (last and chunk[-2].family == last)
    for before, after in pairwise(chunks):
        assert not before[-1].family or before[-1].family != after[0].family


def test_pictures_at_a_path_are_counted_by_their_number() -> None:
    chunks = list(chunks_of([subject(number, None, "") for number in range(2 * CHUNK + 3)]))
    assert [len(chunk) for chunk in chunks] == [CHUNK, CHUNK, 3]
