"""A marker for homework: a reader's own gradient against ours; finite differences decide.

`problem` is the function to differentiate and `truth` its derivative; `array_file` and `python_file` read what a reader
handed in; `marking` finds the first formula that disagrees; the modules of slips list those that the marker knows, most
of them as wrong rules of the backward pass in `faulty`. A slip is named only if its numbers are the reader's.
"""
