"""API: whether bytes still are what they were, and what is done when they are not."""
