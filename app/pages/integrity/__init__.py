"""Pages about whether bytes still are what they were, and about incidents."""
