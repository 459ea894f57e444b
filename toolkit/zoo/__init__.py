"""The bundled sample of raw pairs, and the reference weights."""
