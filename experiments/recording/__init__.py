"""What is recorded of a study, of its runs, and of those of others, and how runs of further seeds become one."""
