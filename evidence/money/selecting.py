"""Telephones, accounts and addresses in the rows of statements, as leads from one case to another.

A bank's own form glues an account to the mark of its field (?31DE89…) and cuts it at a line's end; the rows as read
hold it whole, so it is looked for there besides in the text of the file.
"""

from collections.abc import Iterable, Iterator
from uuid import uuid4

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from evidence.files import File
from evidence.money.statements import Row, Statements
from evidence.pinpoints import Pinpoint
from evidence.selectors import Seen, Selector, find

# Passages count from 1; what was found in records belongs to none of them.
ORDINAL = 0
_BATCH = 500


def sighted(found: Statements) -> list[Seen]:
    """Every selector of the accounts and rows of a reading, each once for a place; calls no database."""
    places: dict[tuple[Pinpoint, str, str], Seen] = {}
    for place, written in _texts(found):
        for sighting in find(written):
            places.setdefault((place, sighting.kind, sighting.value), Seen(sighting, ORDINAL, place))
    return list(places.values())


def keep(session: Session, file: File, seen: Iterable[Seen]) -> int:
    """Write the selectors of a file's records in place of any earlier ones of its records; says how many."""
    session.execute(delete(Selector).where(Selector.file_id == file.id, Selector.ordinal == ORDINAL))
    rows = [
        {
            "id": uuid4(),
            "case_id": file.case_id,
            "file_id": file.id,
            "ordinal": ORDINAL,
            "pinpoint": one.pinpoint.to_json(),
            "kind": one.sighting.kind,
            "value": one.sighting.value,
            "as_written": one.sighting.as_written,
            "basis": one.sighting.basis,
        }
        for one in seen
    ]
    for start in range(0, len(rows), _BATCH):
        session.execute(insert(Selector), rows[start : start + _BATCH])
    return len(rows)


def _texts(found: Statements) -> Iterator[tuple[Pinpoint, str]]:
    for statement in found.statements:
        yield statement.pinpoint, statement.account
        for row in statement.rows:
            yield row.pinpoint, _words(row)


def _words(row: Row) -> str:
    return "\n".join([row.counterparty_account, row.counterparty, row.purpose, *row.references])
