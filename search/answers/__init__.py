"""What a search answers with: what may be seen of it, how it is shown, how complete it is, and its record."""
