"""How people review pictures: in which order they see them, where their words are kept, and what these say so far."""
