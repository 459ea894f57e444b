"""`tain compare-families`: latents, pixels and tokens at equal compute, on the same data, judged alike."""
