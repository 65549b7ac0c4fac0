"""The parts of gathering a dossier: what is withheld, where the record is weak, what the statements add up to."""
