"""The parts of the page on content and safety."""
