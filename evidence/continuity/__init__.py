"""Continuity: where the record of an exhibit is weak, what people state about it, and what is overdue."""
