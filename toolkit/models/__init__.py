"""Networks: the pairing network, the text encoder, the autoencoder and the transformer that paints."""
