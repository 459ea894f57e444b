"""Whom filters leave out: who is named, retention by group, amplification, weights that balance."""
