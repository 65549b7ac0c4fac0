"""Talking to those who vouch for the log from outside: witnesses and time-stamp authorities."""
