"""Carrying out the ending of data: in steps that a killed worker takes up again, verified, certified, replayed."""
