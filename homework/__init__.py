"""A marker for homework: a reader's own gradient against ours, with differences as the judge.

`problem` is what was to be differentiated and `truth` its derivative; `array_file` and `python_file` read what a reader
handed in; `marking` finds the first formula that disagrees; `slips` has the slips that it knows, each as a rule of a
backward pass, `faulty`, that goes wrong in the same way. A slip is named only where its numbers are the reader's.
"""
