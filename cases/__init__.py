"""The case: its docket, who may do what in it, how it is handled, and the people in it."""
