"""Pure functions on counts and arrays: intervals, distances, noise floors, comparisons and skin tones. No I/O."""
