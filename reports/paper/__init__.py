"""The paper kit: a study's table, methods, references and reproducibility checklist for LaTeX, from its records."""
