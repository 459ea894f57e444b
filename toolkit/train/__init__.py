"""Training: encode once, objectives, one loop."""
