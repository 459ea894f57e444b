"""Does the caption fit the picture: scores and filters on the embeddings of a pairing network."""
