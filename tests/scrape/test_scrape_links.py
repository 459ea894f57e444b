"""Links as rows and visits as lines: what is written comes back, and of what was cut off all that is whole."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.scrape.journal import Journal
from toolkit.scrape.link_rows import links_of_run, table_of_links
from toolkit.sources.web.links import ImageLink, failed_link
from toolkit.sources.web.site_walk import Visit
from toolkit.store import create_run

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
LINKS = st.lists(
    st.builds(
        ImageLink, TEXT, TEXT, TEXT, st.none() | TEXT, st.dictionaries(TEXT, TEXT, max_size=3), st.none() | TEXT,
        st.none() | TEXT, st.none() | TEXT, TEXT, st.just({}), st.none() | TEXT,
    ),
    max_size=5, unique_by=lambda one: one.key,
)  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(LINKS)
def test_links_go_through_the_table_and_come_back(links: list[ImageLink]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run = create_run(Path(folder) / "run")
        run.write_shard("links", 0, table_of_links(links))
        assert list(links_of_run(run)) == links


VISITS = [
    Visit("https://a.example/", 0, "page", "https://a.example/x", [failed_link("k", "page: \u00fc")], ["p", "q"], []),
    Visit("https://a.example/s", 1, "sitemap", "s", [], [], ["t"], was_read=False, was_cut=True),
]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 600), st.binary(max_size=5))
def test_a_journal_cut_off_anywhere_gives_its_whole_lines_and_goes_on(cut: int, rubbish: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "site.jsonl")
        assert list(journal.visits()) == []
        for visit in VISITS:
            journal.add(visit)
        assert list(journal.visits()) == VISITS
        data = journal.path.read_bytes()
        journal.path.write_bytes(data[:cut] + rubbish.replace(b"\n", b"") if cut < len(data) else data)
        known = list(journal.visits())
        assert known == VISITS[: data[:cut].count(b"\n") if cut < len(data) else 2]
        journal.add(VISITS[1])
        assert list(journal.visits()) == [*known, VISITS[1]]
        assert all(json.loads(line) for line in journal.path.read_bytes().splitlines())
