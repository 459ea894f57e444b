"""The parts of the page beyond shares: each a table of one family of measures."""
