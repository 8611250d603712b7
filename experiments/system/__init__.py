"""Processes, files, locks and signals."""
