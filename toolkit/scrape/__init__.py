"""From links to pairs: pictures downloaded by several processes into the pairs table, a row a link."""

from toolkit.callable_package import make_callable

make_callable(__name__)
