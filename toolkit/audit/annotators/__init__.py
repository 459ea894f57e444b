"""Who reads pictures: one annotator a module, behind one protocol."""
