"""Other people's runs as a study: what their parameters and metrics mean, by a mapping file."""
