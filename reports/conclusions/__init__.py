"""What the tables show, how sure that is, and what should make the reader doubt it."""
