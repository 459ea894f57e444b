"""Opt-out lists: addresses, domains with all below them, and hashes of files. The files are those of curation."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from toolkit.errors import RecipeError
from toolkit.seeds import content_hash
from toolkit.sources.web.manners.settings import MannersSettings

if TYPE_CHECKING:
    from toolkit.curate.safety.hash_lists import HashList
    from toolkit.curate.safety.opt_out import KeyList

_HASHES = {
    "md5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    "sha256": lambda data: hashlib.sha256(data).hexdigest(),
    "content_id": content_hash,
}


class OptOut:
    """The lists that `settings` name, read when it is made.

    Raises RecipeError that names the file and line of what is no address, domain or hash, and for hashes of looks
    (pHash, PDQ), which are compared where pictures are decoded: in curation.
    """

    def __init__(self, settings: MannersSettings) -> None:
        self._urls = self._domains = None
        self._hashes: list[HashList] = []
        if settings.opt_out_urls or settings.opt_out_domains:
            from toolkit.curate.safety.opt_out import read_domain_lists, read_url_lists

            self._urls = read_url_lists(settings.opt_out_urls)
            self._domains = read_domain_lists(settings.opt_out_domains)
        if settings.opt_out_hashes:
            from toolkit.curate.safety.hash_lists import read_hash_lists

            self._hashes = read_hash_lists(settings.opt_out_hashes)
        strange = [one.kind for one in self._hashes if one.kind not in _HASHES]
        if strange:
            raise RecipeError(
                f"opt_out_hashes: found hashes of the kind {strange[0]}; expected {', '.join(_HASHES)}. Lists of looks "
                "belong into the recipe of curation (safety: opt_out)"
            )

    def refusal(self, url: str) -> str | None:
        """Return why `url` is not to be read; None where no list has it."""
        if self._urls is None or self._domains is None:
            return None
        import pyarrow as pa

        from toolkit.curate.safety.addresses import keys, normalised

        found = normalised(pa.array([url], pa.string()))
        said = _listed(self._urls, found.texts)
        if said is not None:
            return f"its address is on the opt-out list {said}"
        host = found.hosts[0].as_py()
        labels = host.split(".")
        domains = pa.array([".".join(labels[at:]) for at in range(len(labels))][:_MOST_LABELS], pa.string())
        entries = self._domains.find(keys(domains))
        entry = next((int(one) for one in entries if one >= 0), None)
        if entry is None:
            return None
        return f"its host {host} is, or is below, a domain on the opt-out list {self._domains.file(entry)}"

    def refusal_of_file(self, data: bytes) -> str | None:
        """Return why the picture `data` is not to be kept; None where no list has its hash."""
        for one in self._hashes:
            entry = self._entry(one, _HASHES[one.kind](data))
            if entry >= 0:
                return f"the {one.kind} of its file is on the opt-out list {one.said(entry)}"
        return None

    @staticmethod
    def _entry(listed: HashList, digits: str) -> int:
        import pyarrow as pa

        from toolkit.curate.safety.hash_lists import hash_bytes

        return int(listed.find(hash_bytes(pa.array([digits]), listed.kind))[0])


_MOST_LABELS = 130  # a name of a host has at most 127


def _listed(listed: KeyList, texts: object) -> str | None:
    from toolkit.curate.safety.addresses import keys

    entry = int(listed.find(keys(texts))[0])
    return listed.file(entry) if entry >= 0 else None
