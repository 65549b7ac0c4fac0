"""Bank statements that arrive as tables of text: what their layout is, who settles it, and how rows are read by it."""
