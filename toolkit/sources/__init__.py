"""Anything that holds image-text pairs, turned into rows of the pairs table: one module a format."""
