"""What came of a study's runs: their order, who won, and where networks fail."""
