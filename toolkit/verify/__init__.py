"""Whether a run is whole: every file as it was written, every row where it belongs; and what to do where it is not."""
