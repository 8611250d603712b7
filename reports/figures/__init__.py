"""Figures: each module answers one question of the report, from tidy tables to a `Picture`."""
