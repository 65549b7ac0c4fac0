"""Commands for the ending of data: orders to expunge, restrictions, retention."""

from app.cli.ending import keeping, orders

COMMANDS = (orders.expunge, keeping.restrict_group, keeping.retention_group)
