"""Where work runs: `map_batches` and `gather` are all that an engine needs."""
