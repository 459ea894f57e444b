"""What is measured of labels and pictures: one family of figures a module, all rows of the measures table."""
