"""Copies: exact, perceptual, semantic; which one stays; copies of earlier runs and of evaluation sets."""
