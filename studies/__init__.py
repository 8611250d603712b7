"""Study files, search spaces, samplers, and the workers that train the trials."""
