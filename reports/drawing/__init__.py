"""How every figure is drawn: style, letters, ticks, labels, panels."""
