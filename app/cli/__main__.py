"""Lets the command line be run as a module."""

from app.cli import main

main(prog_name="probanda")
