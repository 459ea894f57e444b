"""What pictures are like, without a network: header facts and pixel statistics."""
