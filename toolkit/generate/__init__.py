"""Painting: the Generator protocol, one module a family, the batch harness."""
