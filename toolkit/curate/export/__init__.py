"""Kept pairs in the forms that other programs read."""
