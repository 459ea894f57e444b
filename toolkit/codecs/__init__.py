"""Fast ways to read and decode the pictures that make up the web; what is unusual is left to Pillow (`images.py`)."""
