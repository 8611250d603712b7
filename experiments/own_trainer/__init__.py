"""Training by the user's own code: a function or a command, one network at a time, each in a process of its own."""
