"""What must not be shown: flagged pictures, known-bad hashes, opt-outs."""
