"""Trained networks: alone or several together, kept in a file, asked for an answer."""
