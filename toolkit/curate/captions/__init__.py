"""What captions are like: length, language, boilerplate, junk, personal data."""
