"""Puts trained networks into the zoo, with figures that no training can measure by itself."""
