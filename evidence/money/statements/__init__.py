"""Pure readers of statements of account: bytes in, values out, and whether they add up."""

from evidence.money.statements.reading import (
    answered,
    from_json,
    layout_from_json,
    layout_to_json,
    read,
    read_csv,
    read_to_json,
)
from evidence.money.statements.reconcile import Gap, Outcome, Result, gaps, reconcile
from evidence.money.statements.sheets.detect import detect
from evidence.money.statements.sheets.layout import Layout, Question
from evidence.money.statements.values import Balance, Row, Statement, Statements

__all__ = [
    "Balance",
    "Gap",
    "Layout",
    "Outcome",
    "Question",
    "Result",
    "Row",
    "Statement",
    "Statements",
    "answered",
    "detect",
    "from_json",
    "gaps",
    "layout_from_json",
    "layout_to_json",
    "read",
    "read_csv",
    "read_to_json",
    "reconcile",
]
