"""Text, metadata and members out of one file, read in a process of its own that can reach nothing."""
