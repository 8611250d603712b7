"""What to try next: study files, search spaces, samplers, and the workers that try."""
