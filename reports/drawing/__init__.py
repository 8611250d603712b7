"""Drawing shared by all figures: style, text, ticks, labels, panels."""
