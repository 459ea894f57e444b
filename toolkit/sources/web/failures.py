"""Why an address gave no picture: a short closed list of classes, and which of them may heal by themselves."""

from __future__ import annotations

FAILURES = {
    "bad_row": "a row of the list, or a record of the archive, that cannot be read",
    "page": "a page or a sitemap of a site that could not be read; the detail says why",
    "bad_url": "no address of the web, or one that holds a user name",
    "address": "it leads to a scheme or an address that is not asked: another than http(s), a private network",
    "refused": "the page, the site or a list forbids it",
    "dns": "the host's name was not found",
    "connect": "no connection, or one that was closed before an answer",
    "tls": "the certificate is not to be trusted",
    "timeout": "no whole answer within the time limit",
    "redirects": "more redirects than are followed, or one to nowhere",
    "bad_answer": "what came is not HTTP, or in an encoding that cannot be read",
    "http": "a status other than 200; the class is http_NNN",
    "too_large": "more bytes than the limit, as sent or unpacked",
    "truncated": "the answer ended early",
    "empty": "an answer of no bytes",
    "not_an_image": "the bytes are none of the known formats, whatever they are called",
    "too_many_pixels": "the header says more pixels than the limit",
    "undecodable": "the header of the picture is damaged",
}
HEALING_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504, 507, 509, 520, 521, 522, 523, 524})
_HEALING = frozenset({"dns", "connect", "timeout", "truncated"})


class FetchFailure(Exception):
    """An address that gave no answer that is wanted.

    `kind` is one of FAILURES, or `http_NNN`; `status` the one that came, 0 where none did; `after` how many seconds
    the server asks to wait; `lasting` says of a class that may heal that this one does not: a name that does not exist.
    """

    def __init__(
        self, kind: str, detail: str, *, status: int = 0, after: float | None = None, lasting: bool = False
    ) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.status = status
        self.after = after
        self.lasting = lasting


def class_of(error: str) -> str:
    """Return the class of an `error` of the pairs table, which is `class: detail`."""
    return error.partition(":")[0]


def may_heal(error: str) -> bool:
    """Return whether another try may end better than `error`: never a refusal, nor any other 4xx."""
    kind = class_of(error)
    if kind.startswith("http_"):
        status = kind.removeprefix("http_")
        return status.isdigit() and int(status) in HEALING_STATUSES
    return kind in _HEALING
