"""Measures told in words: which of them are findings, and what each of them says."""
