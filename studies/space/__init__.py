"""The search space and the choice of its points."""
