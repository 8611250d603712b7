"""The study file: its form, and its mistakes with their lines."""
