"""Audits of the shelves: draws that anybody can repeat, checks both ways, findings with deadlines."""
