"""Rows in a form that belongs to no database engine: one JSON text a line, and back into any of the engines.

The first line names the columns.  What JSON has no word for is a table with one name that says what it is:
``{"bytes": base64}``, ``{"id": uuid}``, ``{"at": instant}``, ``{"day": date}``, ``{"number": decimal}``,
``{"json": …}``.
"""

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import JSON, Column, Connection, Table, bindparam, func, insert, select, text, update

from core import clock
from core.errors import Tampered

_BATCH: Final = 1_000


class RowsBroken(Tampered):
    """Rows of a backup that cannot be read; the table and the line are named."""


def lines(connection: Connection, table: Table) -> Iterator[str]:
    """All rows of a table in the order of its key, one line each, after a line with the columns' names."""
    yield json.dumps([column.name for column in table.columns])
    plain = [isinstance(column.type, JSON) for column in table.columns]
    query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=_BATCH)
    with connection.execute(query) as found:
        for row in found:
            told = [_told(value, as_json=is_json) for value, is_json in zip(row, plain, strict=True)]
            yield json.dumps(told, ensure_ascii=True)


def take(connection: Connection, table: Table, written: Iterable[str]) -> int:
    """Put rows into an empty table and give how many there were; raises RowsBroken."""
    whole = iter(written)
    names = _names(table, next(whole, ""))
    own = [one.parent for one in table.foreign_keys if one.column.table is table]
    later: list[dict[str, Any]] = []
    count = 0
    for batch in _batches(whole, lambda line, number: _row(table, names, line, number)):
        for row in batch:
            later += _without_own(table, own, row)
        connection.execute(insert(table), batch)
        count += len(batch)
    if later:
        # A row may point to one of its own table that comes later, so those pointers are set at the end.
        keys = list(table.primary_key.columns)
        change = update(table).where(*(key == bindparam(f"is_{key.name}") for key in keys))
        change = change.values({column.name: bindparam(f"to_{column.name}") for column in own})
        connection.execute(change, later)
    _count_on(connection, table)
    return count


def _without_own(table: Table, own: Sequence[Column[Any]], row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    pointing = {f"to_{column.name}": row[column.name] for column in own}
    if any(value is not None for value in pointing.values()):
        for column in own:
            row[column.name] = None
        yield {**pointing, **{f"is_{key.name}": row[key.name] for key in table.primary_key.columns}}


def _count_on(connection: Connection, table: Table) -> None:
    """Let a counter of PostgreSQL go on after the highest number that came."""
    column = table.autoincrement_column
    if column is None or connection.dialect.name != "postgresql":
        return
    counter = connection.scalar(select(func.pg_get_serial_sequence(table.name, column.name)))
    if counter and (highest := connection.scalar(select(func.max(column)))) is not None:
        connection.execute(text("SELECT setval(:counter, :highest)"), {"counter": counter, "highest": highest})


def _names(table: Table, first: str) -> list[str]:
    try:
        names: list[str] = json.loads(first)
    except ValueError as fault:
        raise RowsBroken(f"table {table.name}, line 1: this does not name columns") from fault
    strange = set(names) ^ {column.name for column in table.columns}
    if strange:
        message = f"table {table.name}: columns differ ({', '.join(sorted(strange))}); restore with the release of then"
        raise RowsBroken(message)
    return names


def _batches(written: Iterator[str], read: Callable[[str, int], dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for number, line in enumerate(written, start=2):
        batch.append(read(line, number))
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _row(table: Table, names: Sequence[str], line: str, number: int) -> dict[str, Any]:
    try:
        values = [_meant(value) for value in json.loads(line)]
        return dict(zip(names, values, strict=True))
    except (ValueError, TypeError, KeyError, ArithmeticError) as fault:
        raise RowsBroken(f"table {table.name}, line {number}: this is no row of it") from fault


def _told(value: Any, *, as_json: bool) -> Any:
    if value is None:
        return None
    if as_json:
        return {"json": value}
    for kind, write in _WRITE.items():
        if isinstance(value, kind):
            return write(value)
    return value


_WRITE: Final[dict[type, Callable[[Any], Any]]] = {
    UUID: lambda value: {"id": str(value)},
    bytes: lambda value: {"bytes": base64.b64encode(value).decode()},
    datetime: lambda value: {"at": clock.stamp(value)},
    date: lambda value: {"day": value.isoformat()},
    Decimal: lambda value: {"number": str(value)},
}
_READ: Final[dict[str, Callable[[Any], Any]]] = {
    "id": UUID,
    "bytes": lambda value: base64.b64decode(value, validate=True),
    "at": clock.parse,
    "day": date.fromisoformat,
    "number": Decimal,
    "json": lambda value: value,
}


def _meant(value: Any) -> Any:
    if isinstance(value, dict):
        ((name, inside),) = value.items()
        return _READ[name](inside)
    return value
