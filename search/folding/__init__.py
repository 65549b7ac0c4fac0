"""What counts as the same word, number or name, decided once for every engine."""
