"""From a stored file to records: what to read it by, the reading apart from everything, and keeping what came of it.

Three steps, because reading takes long and no transaction stays open meanwhile.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from core.accounts import Actor
from core.config import Limits
from evidence import authorities, files, text
from evidence.files import File
from evidence.keyring import Keyring
from evidence.money import closed, layouts, records, selecting
from evidence.money.records import StatementRecord
from evidence.money.statements import Layout, Statements
from evidence.selectors import Seen
from evidence.vault import Receipt


@dataclass(frozen=True, slots=True)
class Plan:
    """What is needed to read one file as a statement."""

    receipt: Receipt
    name: str
    layout: Layout | None


def plan(session: Session, keyring: Keyring, file: File) -> Plan:
    """What to read a file by; the caller has fetched it or is the worker.

    Raises NotAuthorised or SetAside when it may not be processed.
    """
    authorities.allow_reading(session, file)
    return Plan(files.receipt_of(session, keyring, file), file.shown_name, layouts.layout_for(session, keyring, file))


def read(order: Plan, chunks: Iterable[bytes], limits: Limits) -> Statements:
    """Read the file's chunks by the plan in a process of its own; raises NotAStatement with the reason."""
    return closed.read(chunks, order.name, limits, order.layout)


def keep(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    file: File,
    found: Statements,
    seen: Iterable[Seen] | None = None,
) -> list[StatementRecord]:
    """Keep what was read: the layout beside it, and the statements, which wait unless their layout was confirmed.

    *seen* is what `selecting.sighted` found in the reading, best before the transaction begins; it is found here when
    it is not given.
    """
    selecting.keep(session, file, selecting.sighted(found) if seen is None else seen)
    key = text.key_of(session, keyring, file)
    if found.layout is not None:
        settled = layouts.confirmed(session, file.id, found.layout)
        if not settled:
            layouts.propose(session, actor, file, found.layout, key=key)
        found = replace(found, confirmed=settled)
    return records.take(session, actor, file, found, key=key)
