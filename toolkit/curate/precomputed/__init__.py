"""Scores that the input brings along, and small heads on embeddings."""
