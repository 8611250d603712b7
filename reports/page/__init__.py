"""The report as a page: sections of sentences, pictures and tables, written in every format."""
