"""Which pairs stay, why, and whom that leaves out: scorers, rules, duplicates, groups, and the stage that runs them."""

from toolkit.callable_package import make_callable

make_callable(__name__)
