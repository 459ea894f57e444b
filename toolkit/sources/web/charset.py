"""The text of a page's bytes, by the charset that a browser would take (HTML standard, section 13.2.3.2)."""

from __future__ import annotations

import codecs
import re

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_IN_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([^\s\"';,]+)", re.IGNORECASE)
_IN_META = re.compile(rb"<meta\s[^>]{0,500}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:()-]+)", re.IGNORECASE)
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_LOOKED_AT = 1024
# The labels of the Encoding standard that name another codec than Python's, or that Python does not know.
_WINDOWS_1252 = (
    "iso-8859-1 iso8859-1 iso_8859-1 latin1 latin-1 l1 ascii us-ascii ansi_x3.4-1968 cp819 x-cp1252 windows-1252 cp1252"
)
_OTHERS = {
    "gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030", "chinese": "gb18030",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932",
    "ms_kanji": "cp932", "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "ksc5601": "cp949", "korean": "cp949",
    "windows-949": "cp949", "big5": "big5hkscs", "big5-hkscs": "big5hkscs", "x-x-big5": "big5hkscs",
    "tis-620": "cp874", "iso-8859-11": "cp874", "windows-874": "cp874", "iso-8859-9": "cp1254", "latin5": "cp1254",
    "x-mac-roman": "mac_roman", "macintosh": "mac_roman", "x-mac-cyrillic": "mac_cyrillic", "utf8": "utf-8",
    "unicode-1-1-utf-8": "utf-8", "utf-16": "utf-16-le", "unicode": "utf-16-le", "x-euc-jp": "euc_jp",
    "koi8-ru": "koi8_u", "koi": "koi8_r", "koi8": "koi8_r", "cyrillic": "iso8859_5", "iso-8859-8-i": "iso8859_8",
    "logical": "iso8859_8", "greek": "iso8859_7", "arabic": "iso8859_6", "hebrew": "iso8859_8", "x-cp1251": "cp1251",
}  # fmt: skip
_KNOWN = re.compile(
    r"utf-8|utf-16-?[lb]e|utf-16|iso-?8859-?(?:[2-8]|1[03-6])|windows-125[0-8]|cp125[0-8]|cp866|ibm866|koi8-[ru]"
    r"|gb18030|euc-jp|iso-2022-jp|latin[2-6]"
)


def decoded(body: bytes, content_type: str = "") -> str:
    """Return the text of a page: by its byte order mark, the charset of the header `content_type`, that of a <meta> in
    the first 1,024 bytes, else UTF-8 where it is that, else windows-1252. What cannot be decoded is U+FFFD."""
    for mark, codec in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(codec, "replace")
    header = _IN_HEADER.search(content_type[:1000])
    named = codec_of(header[1]) if header else None
    if named is None:
        meta = _IN_META.search(_COMMENT.sub(b"", body[:_LOOKED_AT]))
        named = codec_of(meta[1].decode("ascii")) if meta else None
        if named is not None and named.startswith("utf-16"):  # it could not have been read so
            named = "utf-8"
    if named is not None:
        return body.decode(named, "replace")
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(
            body
        )  # a character cut off at the end is no other charset
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def codec_of(label: str) -> str | None:
    """Return Python's name of the charset that pages call `label`, None where no browser knows it."""
    lowered = label.strip().lower()
    if lowered in _WINDOWS_1252.split():
        return "cp1252"
    if lowered in _OTHERS:
        return _OTHERS[lowered]
    return codecs.lookup(lowered).name if _KNOWN.fullmatch(lowered) else None
