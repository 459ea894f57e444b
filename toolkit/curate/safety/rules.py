"""The scorers and rules of safety.

What flags a picture is called `safety_...`, an opt-out `opt_out_...`: pages that show pictures know them by that.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from toolkit.curate.pairing.embedder import Embedder
from toolkit.curate.rule import Rule, Status
from toolkit.curate.safety.address_keys import AddressKeys
from toolkit.curate.safety.file_hashes import FileHashes
from toolkit.curate.safety.hash_lists import HashList, read_hash_lists
from toolkit.curate.safety.list_files import Stamp, stamped
from toolkit.curate.safety.listed_hashes import ListedFiles, ListedLooks
from toolkit.curate.safety.look_hashes import MirroredHash, PdqHash
from toolkit.curate.safety.nsfw import OpenNsfw, nsfw_limit
from toolkit.curate.safety.opt_out import KeyList, OptOutDomains, OptOutUrls, read_domain_lists, read_url_lists
from toolkit.curate.safety.recipe import SafetyRecipe
from toolkit.curate.safety.zero_shot import ZeroShot, zero_shot_rules
from toolkit.curate.scorer import Scorer
from toolkit.errors import RecipeError
from toolkit.path_hashes import hash_path

_LOOKS = {"phash": ("perceptual_hash", "mirrored_hash"), "pdq": ("pdq", "pdq_mirrored")}


def scorers(asked: SafetyRecipe, embedder: Embedder | None = None) -> list[Scorer]:
    """Return the scorers that the lists and networks of `asked` need. Raises RecipeError for a list that is wrong, and
    for zero-shot categories where no pairing model is named."""
    kinds = {one.kind for one in (*_hashes(stamped(asked.known_bad)), *_hashes(stamped(asked.opt_out.hashes)))}
    made: list[Scorer] = [AddressKeys()]
    if files := tuple(kind for kind in ("md5", "sha256") if kind in kinds):
        made.append(FileHashes(files))
    if "phash" in kinds:
        made.append(MirroredHash())
    if "pdq" in kinds:
        made.append(PdqHash())
    if asked.nsfw is not None:
        made.append(OpenNsfw())
    if asked.zero_shot is not None:
        if embedder is None:
            raise RecipeError("safety.zero_shot compares pictures by pairing.model; name one, for example zoo:clip")
        made.append(ZeroShot(asked.zero_shot, embedder))
    return made


def rules(asked: SafetyRecipe) -> list[Rule]:
    """Return the rules of `asked`, opt-outs first. Raises RecipeError for a list that is wrong."""
    made: list[Rule] = []
    if asked.opt_out.urls:
        made.append(OptOutUrls(_urls(stamped(asked.opt_out.urls))))
    if asked.opt_out.domains:
        made.append(OptOutDomains(_domains(stamped(asked.opt_out.domains))))
    made += _hash_rules("opt_out", asked.opt_out.hashes, "dropped", asked)
    made += _hash_rules("safety", asked.known_bad, flagged_status(asked), asked)
    if asked.nsfw is not None:
        made.append(nsfw_limit(asked.nsfw.maximum, flagged_status(asked)))
    if asked.zero_shot is not None:
        made += zero_shot_rules(asked.zero_shot, flagged_status(asked))
    return made


def lists_of(asked: SafetyRecipe) -> dict[str, str]:
    """Return the files that `asked` names, all of which can be read, each with a hash of its bytes.

    Raises RecipeError for one that is wrong.
    """
    rules(asked)
    paths = (*asked.known_bad, *asked.opt_out.urls, *asked.opt_out.domains, *asked.opt_out.hashes)
    return {path: hash_path(Path(path)) for path in sorted(set(paths))}


def flagged_status(asked: SafetyRecipe) -> Status:
    """Return what becomes of flagged pictures."""
    return "quarantined" if asked.flagged == "quarantine" else "dropped"


def _hash_rules(prefix: str, paths: tuple[str, ...], status: Status, asked: SafetyRecipe) -> list[Rule]:
    distances = {"phash": asked.phash_distance, "pdq": asked.pdq_distance}
    return [
        ListedLooks(f"{prefix}_{one.kind}", one, _LOOKS[one.kind], distances[one.kind], status)
        if one.kind in _LOOKS
        else ListedFiles(f"{prefix}_{one.kind}", one, status)
        for one in _hashes(stamped(paths))
    ]


# A plan is made several times in a run; a list of millions is read once for each state of its file.
@lru_cache(maxsize=2)
def _hashes(files: tuple[Stamp, ...]) -> tuple[HashList, ...]:
    return tuple(read_hash_lists([one.path for one in files]))


@lru_cache(maxsize=1)
def _urls(files: tuple[Stamp, ...]) -> KeyList:
    return read_url_lists([one.path for one in files])


@lru_cache(maxsize=1)
def _domains(files: tuple[Stamp, ...]) -> KeyList:
    return read_domain_lists([one.path for one in files])
