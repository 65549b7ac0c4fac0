"""The ending of data: orders, what is destroyed and what is kept for a court alone, tombstones, retention."""
