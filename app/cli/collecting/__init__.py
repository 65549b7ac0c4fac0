"""Commands for evidence that is asked for elsewhere or collected online."""

from app.cli.collecting import data_orders, online

COMMANDS = (data_orders.data_order, online.online)
