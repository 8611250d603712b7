"""The front door: the command line, which joins the rooms."""
