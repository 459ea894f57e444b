"""Web addresses in one form, so that two spellings of one address are the same; and their 64-bit keys.

The form of an address (after RFC 3986, section 6.2, and further, since an opt-out should not fail on a spelling):
scheme, user, `www.`, the ports 80 and 443, fragment, an empty query and slashes at the end of the path are left out;
the host is in lower case and, where it is not ASCII, in IDNA; characters of path and query are percent-encoded or not
in one way. The case of path and query, and the order of the query, count.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_PARTS = (
    r"(?s)^(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?://)?(?:[^/?#@]*@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[^/?#:@\s]+)"
    r"(?::(?P<port>[0-9]+))?(?P<path>/[^?#]*)?(?:\?(?P<query>[^#]*))?(?:#.*)?$"
)
_NO_SCHEME = r"^[A-Za-z0-9.-]+:[0-9]+(?:[/?#]|$)"  # example.org:8080/a.jpg: what stands before the colon is the host
_ODD = r"[^!$&-;=?-Z_a-z~\[\]]"  # percent signs, blanks, and all that is not ASCII
_KEPT = "/:?#[]@!$&'()*+,;=~"
NONE = 0  # the key of no address


class Addresses(NamedTuple):
    """The host of each address as a string ("" for none), and the whole of it as in `normalised`."""

    hosts: pa.Array
    texts: pa.Array


def normalised(urls: pa.Array) -> Addresses:
    """Return the addresses `urls` (strings) in one form; "" for what is no address, such as a data: URI."""
    given = pc.replace_substring(pc.utf8_trim_whitespace(pc.fill_null(urls, "")), "\\", "/")
    given = pc.if_else(pc.match_substring_regex(given, _NO_SCHEME), pc.binary_join_element_wise("//", given, ""), given)
    given = pc.if_else(pc.match_substring_regex(given, r"(?i)^(?:data|mailto|javascript|blob|file|about):"), "", given)
    parts = pc.extract_regex(given, _PARTS)
    host, port, path, query = (
        pc.fill_null(pc.struct_field(parts, name), "") for name in ("host", "port", "path", "query")
    )
    host = hosts_of(host)
    port = pc.replace_substring_regex(port, "^0*(?:80|443)?$", "")
    port = pc.if_else(pc.equal(port, ""), "", pc.binary_join_element_wise(":", port, ""))
    path = pc.utf8_rtrim(_encoded(path), "/")
    query = pc.if_else(pc.equal(query, ""), "", pc.binary_join_element_wise("?", _encoded(query), ""))
    texts = pc.binary_join_element_wise(host, port, path, query, "")
    return Addresses(host, pc.if_else(pc.equal(host, ""), "", texts))


def hosts_of(names: pa.Array) -> pa.Array:
    """Return host names in one form: lower case, IDNA, without `www.` and without a dot at the end."""
    lowered = pc.utf8_lower(names)
    odd = pc.invert(pc.string_is_ascii(lowered))
    if pc.any(odd).as_py():
        lowered = pa.array(
            [
                _idna(name) if strange else name
                for name, strange in zip(lowered.to_pylist(), odd.to_pylist(), strict=True)
            ]
        )
    return pc.replace_substring_regex(pc.utf8_rtrim(lowered, "."), r"^www\.(?P<rest>.+\..+)$", r"\1")


def _idna(name: str) -> str:
    try:
        return name.encode("idna").decode("ascii").lower()
    except UnicodeError:  # no name that a resolver would take; it stays as it is
        return name


def _encoded(texts: pa.Array) -> pa.Array:
    odd = pc.match_substring_regex(texts, _ODD)
    if not pc.any(odd).as_py():
        return texts
    rows = zip(texts.to_pylist(), odd.to_pylist(), strict=True)
    return pa.array([quote(unquote_to_bytes(text), safe=_KEPT) if strange else text for text, strange in rows])


def keys(texts: pa.Array) -> NDArray[np.int64]:
    """Return a 64-bit key (SipHash, the same everywhere) for each of `texts`; `NONE` for the empty one.

    Among ten million listed texts, one of three million others shares a key with a chance of 2 in a million.
    """
    import pandas as pd  # slow to import; most inputs have no addresses

    hashed: NDArray[np.uint64] = pd.util.hash_array(texts.to_numpy(zero_copy_only=False), categorize=False)
    hashed[pc.equal(texts, "").to_numpy(zero_copy_only=False)] = NONE
    return hashed.view(np.int64)
