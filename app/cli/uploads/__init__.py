"""Commands for uploads that may last for days."""
