"""Examples as networks see them: split, encoded, standardised, drawn anew for each seed."""
