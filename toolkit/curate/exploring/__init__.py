"""What another threshold would change: decided again in memory, from the scores that a run holds."""
