"""API of the ending of data: orders and their certificates, what is kept for a court alone, retention."""
