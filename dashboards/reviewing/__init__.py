"""The page on which people review pictures."""
