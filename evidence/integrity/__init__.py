"""What is known about whether bytes still are what they were: schedule, coverage, restoring, comparing, recomputing."""
