"""Pages of the ending of data: orders and what they reach, what is kept for a court alone, what is due."""
