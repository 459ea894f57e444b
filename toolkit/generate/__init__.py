"""Painting: the Generator protocol, one module a family, the batch harness."""

from toolkit.callable_package import make_callable

make_callable(__name__)
