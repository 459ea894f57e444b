"""Anything that holds image-text pairs, turned into rows of the pairs table: one module a format."""

from toolkit.sources.opening import open_source

__all__ = ["open_source"]
