"""Each change of the tables, named by its day and what it is about; once released, never edited."""
