"""Training: encode once, objectives, one loop."""

from toolkit.callable_package import make_callable

make_callable(__name__)
