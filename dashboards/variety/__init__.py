"""The parts of the page on diversity and memory."""
