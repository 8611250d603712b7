"""What it means: tables, statistics, figures and the page that states a verdict and its doubt."""
