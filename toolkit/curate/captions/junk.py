"""Junk: texts that stand where a caption should be, such as `IMG_1234`, `untitled`, `photo` or a file's name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

import pyarrow as pa
import regex

from toolkit.curate.captions.junk_phrases import junk_phrases
from toolkit.curate.scorer import Batch, Need

KINDS: Mapping[str, str] = {
    "url": "is an address",
    "file_name": "is the name of some file",
    "camera": "is the name that a camera, a scanner or a screenshot gave",
    "number": "is a number or a size",
    "placeholder": "is a placeholder that somebody left",
    "generic": "says only that this is a picture",
    "own_file_name": "is its own file's name",
}
_LONGEST = 200  # characters; junk is short, but for addresses
_LONGEST_PHRASE = 8  # words

_ADDRESS = re.compile(r"(?:(?:https?|ftp)://|www\.)\S+", re.IGNORECASE)
_DOMAIN = re.compile(
    r"[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.(?:com|org|net|info|biz|io|co|co\.uk|de|fr|it|es|nl|ru|jp|cn)"
)
_EXTENSION = re.compile(r"\.(?:jpe?g|jfif|png|gif|webp|bmp|tiff?|svg|avif|hei[cf]|psd|ai|eps|raw|cr2|nef|mp4|mov|pdf)$")
_HASH = re.compile(r"[0-9a-f]{16,}(?:[_-][0-9a-z]{1,12})?|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CAMERA = re.compile(
    r"""(?:
        (?:_?img|imag|image|dsc|_dsc|dscn|dscf|dsci|_mg|pict|pic|picture|photo|foto|bild|mvi|mov|vid|gopr|dji|pxl|sam|cimg
         |hpim|kif|imgp|scan|scn|screenshot|bildschirmfoto|vlcsnap|fullsizerender|adobestock|shutterstock|gettyimages
         |istock)
        [\s_.-]*\(?\d{3}[\d\s_.:()-]*+
        | p[0-9a-c]\d{6} | 1\d\d_\d{4} | \d{8}[_-]\d{6,9} | \d{8,}+_\d{8,}+(?:_\d++)?_[a-z] | received_\d{6,}+
        | (?:screen\ ?shot|whatsapp\ image)[\s_-]*\d{4}-\d\d-\d\d[\s_-]*at[\s_-]*[\d.:]++(?:\s?[ap]m)?
    )(?:[\s_-]*(?:edit|edited|copy|kopie|small|large|web|hdr|bw|pano|burst|[a-z]|\(\d{1,3}\)))?""",
    re.VERBOSE,
)
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"[\d\s.,:;/*x×+()#°%_-]+")
_SIZE_SUFFIX = re.compile(r"(?:[-_@]\d{2,4}x\d{2,4}|@\d(?:\.\d)?x)$")
_ASCII_NO_NAME = re.compile(r"[^a-z0-9]+")
_NO_NAME = regex.compile(r"[^\p{L}\p{N}\p{M}]+")


def junk_kind(caption: str, file_name: str = "") -> str:
    """Return which of `KINDS` the whole of `caption` is, "" for none; `file_name` is the name of its picture's file.

    An empty caption is none: its length says it.
    """
    text = " ".join(caption.split()) if len(caption) <= _LONGEST else caption.strip()
    if _ADDRESS.fullmatch(text):
        return "url"
    if not text or len(text) > _LONGEST:
        return ""
    text = text.casefold()
    found = _name_kind(text) or _phrase_kind(text)
    return found or ("own_file_name" if file_name and is_file_name(text, file_name) else "")


def _name_kind(text: str) -> str:
    """Return the kind of a `text` that machines made."""
    stem = _EXTENSION.sub("", text) if "." in text else text
    if _DIGIT.search(stem):
        if _CAMERA.fullmatch(stem):
            return "camera"
        if _NUMBER.fullmatch(text):
            return "number"
        if _HASH.fullmatch(text):
            return "file_name"
    if stem is not text and stem != text:
        return "file_name"
    return "url" if "." in text and _DOMAIN.fullmatch(text) else ""


def _phrase_kind(text: str) -> str:
    """Return the kind of a `text` that people leave without looking at the picture."""
    if text.count(" ") > _LONGEST_PHRASE:
        return ""
    phrases = junk_phrases()
    said = [word for word in _no_name(text).sub(" ", text).split() if not word.isdigit()]
    if " ".join(said) in phrases.placeholders:
        return "placeholder"
    telling = [word for word in said if word not in phrases.fillers]
    return "generic" if telling and phrases.generic.issuperset(telling) else ""


def is_file_name(caption: str, file_name: str) -> bool:
    """Return whether `caption` and `file_name` are the same letters and digits, extension, size (`-300x200`, `@2x`),
    case and punctuation aside."""
    if caption[:1].isalnum() and file_name[:1].isalnum() and caption[0].casefold()[0] != file_name[0].casefold()[0]:
        return False
    stem = _SIZE_SUFFIX.sub("", _EXTENSION.sub("", unquote(file_name).casefold()))
    name = _NO_NAME.sub("", stem)
    return bool(name) and name == _NO_NAME.sub("", caption.casefold())


def _no_name(text: str) -> re.Pattern[str] | regex.Pattern[str]:
    return _ASCII_NO_NAME if text.isascii() else _NO_NAME


@dataclass(frozen=True)
class CaptionJunk:
    """Which kind of junk a caption is: one of `KINDS`, "" for none."""

    name: str = "caption_junk"
    version: str = "1"
    needs: frozenset[Need] = frozenset({"caption", "facts"})

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """The kind."""
        return {"caption_junk": pa.string()}

    def setup(self) -> None:
        """Nothing to load."""

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the column."""
        names = (facts.file_name for facts in batch.facts)
        return {"caption_junk": [junk_kind(*one) for one in zip(batch.captions, names, strict=True)]}
