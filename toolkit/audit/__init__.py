"""The audit: labels on pictures, measures of the labels, findings in the measures."""

from toolkit.callable_package import make_callable

make_callable(__name__)
