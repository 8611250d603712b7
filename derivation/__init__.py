"""The founding text, worked with numbers and checked.

The text derives backpropagation by hand, in the order that this room follows, and asks its readers to check it. The
notation is that of `core`, except that here, as in the text, y is the network's output; the target, which the text does
not mention, is t. Formulas are written once, in LaTeX; those in sentences stand between dollar signs.
"""
