"""The exceptions that callers may catch. Each message says what was found, what was expected and what to do."""


class TainError(Exception):
    """Base of every error that this package raises on purpose. The command line prints it as one line."""


class SourceError(TainError):
    """An input that holds no image-text pairs, or holds them in a form that was not recognised."""


class RecipeError(TainError):
    """A recipe or probe file with an unknown key, a wrong type or a value out of range."""


class SchemaError(TainError):
    """A table whose columns, types or primary key differ from `toolkit.schema`."""


class RunError(TainError):
    """A run folder that is missing, unfinished, of another format version, or in the way."""


class ModelError(TainError):
    """A model that cannot be found, loaded or trusted."""


class PictureError(TainError):
    """Bytes that are not a picture this machine can safely decode.

    `kind` is one stable word for tables and tests: empty, too_many_bytes, unknown_format, too_many_pixels,
    truncated or undecodable; and where the bytes cannot be had at all: no_picture, not_downloaded, missing,
    outside or unreadable.
    """

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail
